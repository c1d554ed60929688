"""``geoaddr serve`` and ``geoaddr worker``: the pages with the API, and what runs queued jobs."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gazetteer.store.database import Store
    from geoaddr.settings import Settings

BACKLOG = 128
CHANNEL_SECONDS = 60
ANSWERS_KEPT = timedelta(days=30)
"""How long a repeated write gets its first answer again; older answers go when a worker starts."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的网络地址；0.0.0.0 表示所有网卡。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), envvar="PORT", help="监听的端口。")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64), help="同时处理的请求数。")
@click.option("--without-worker", is_flag=True, help="不在本进程内执行排队的任务（另行运行 geoaddr worker 时使用）。")
def serve_command(host: str, port: int, threads: int, without_worker: bool) -> None:
    """提供网页和接口（waitress），并在后台执行排队的任务。"""
    from waitress import create_server

    from geoaddr.cli.register import read_settings
    from geoaddr.errors import UsageError
    from web.app import create_app
    from web.services import services_of

    settings = read_settings()
    app = create_app(settings)
    try:
        server = create_server(
            app, host=host, port=port, threads=threads, backlog=BACKLOG, channel_timeout=CHANNEL_SECONDS, ident=None,
            max_request_body_size=(settings.max_upload_mb + 1) << 20, clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(f"不能在 {host}:{port} 上提供服务：{error.strerror or error}；可用 --port 换一个端口") from error
    stop = threading.Event()
    if not without_worker:
        threading.Thread(target=run_jobs, args=(services_of(app).store, settings, stop), name="jobs", daemon=True).start()
    services_of(app).engine.settle()
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    click.echo(f"geoaddr 正在 http://{shown}:{port} 提供服务，按 Ctrl+C 停止", err=True)
    signal.signal(signal.SIGTERM, _leave)
    try:
        server.run()
    finally:
        stop.set()
        server.close()
        services_of(app).engine.close()
        services_of(app).store.close()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


@click.command("worker")
@click.option("--once", is_flag=True, help="执行完现在排队的任务就退出。")
def worker_command(once: bool) -> None:
    """执行排队的任务，每天记一次到期办件的提醒，直到被停止；可同时运行多个。"""
    from gazetteer.job_kinds import job_kinds
    from gazetteer.jobs import run_once
    from gazetteer.names.reminders import remind_daily
    from geoaddr.cli.register import opened, read_settings

    settings = read_settings()
    with opened(settings) as store:
        if once:
            remind_daily(store)
            count = 0
            while run_once(store, settings, job_kinds()):
                count += 1
            click.echo(f"已执行 {count} 个任务", err=True)
            return
        stop = threading.Event()

        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        click.echo("等待任务，按 Ctrl+C 停止", err=True)
        run_jobs(store, settings, stop)


def run_jobs(store: Store, settings: Settings, stop: threading.Event) -> None:
    """Run jobs as they come until asked to stop; a job that fails by a bug is marked failed, logged, and the next one is taken."""
    from gazetteer.idempotency import forget_before
    from gazetteer.job_kinds import job_kinds
    from gazetteer.jobs import work
    from gazetteer.names.reminders import remind_daily
    from gazetteer.store.events import now
    from web.observability import logger

    with store.transaction() as session:
        forget_before(session, now() - ANSWERS_KEPT)
    while not stop.is_set():
        try:
            work(store, settings, job_kinds(), until=stop.is_set, daily=remind_daily)
        except Exception as error:  # the worker outlives a job's bug; its message may hold what a person typed
            logger(settings.log_level).error("job_failed", error=type(error).__name__)
            stop.wait(1.0)
