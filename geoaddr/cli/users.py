"""``geoaddr users``: people who may sign in, and keys of other systems."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from geoaddr.cli.register import opened, operator, read_settings

ROLE_NAMES = ("viewer", "installer", "officer", "approver", "administrator")
SCOPE_NAMES = ("lookup", "changes", "jobs", "write", "field")

password_option = click.option(
    "--password", prompt="密码", hide_input=True, confirmation_prompt="再输一遍", envvar="GEOADDR_NEW_PASSWORD", help="不给出时提示输入。"
)


@click.group("users")
def users_group() -> None:
    """可登录的人员和其他系统的密钥。"""


@users_group.command("create-admin")
@click.argument("username")
@click.option("--name", "display_name", default="管理员", show_default=True, help="页面上显示的名字。")
@password_option
def create_admin_command(username: str, display_name: str, password: str) -> None:
    """开设第一个（或又一个）管理员账号。"""
    _create(username, display_name, "administrator", password)


@users_group.command("create")
@click.argument("username")
@click.option("--role", required=True, type=click.Choice(ROLE_NAMES), help="角色。")
@click.option("--name", "display_name", default="", help="页面上显示的名字；默认与用户名相同。")
@password_option
def create_command(username: str, role: str, display_name: str, password: str) -> None:
    """开设一个账号。"""
    _create(username, display_name, role, password)


@users_group.command("list")
def list_command() -> None:
    """列出账号，每行一个：用户名、角色、是否可用、显示名。"""
    from gazetteer.people import list_accounts

    with opened(read_settings()) as store, store.reading() as session:
        for account in list_accounts(session):
            click.echo(f"{account.username}\t{account.role}\t{'可用' if account.active else '停用'}\t{account.display_name}")


@users_group.command("set-password")
@click.argument("username")
@password_option
def set_password_command(username: str, password: str) -> None:
    """重设密码；该账号的所有登录立即失效。"""
    from gazetteer.people import change_password, find_account

    with opened(read_settings()) as store, store.transaction() as session:
        change_password(session, find_account(session, username).id, password, actor=operator())
    click.echo(f"{username} 的密码已重设，已登录的设备需要重新登录")


@users_group.command("unlock")
@click.argument("username")
def unlock_command(username: str) -> None:
    """提前解除因连续输错密码造成的锁定。"""
    from gazetteer.people import find_account, unlock

    with opened(read_settings()) as store, store.transaction() as session:
        unlock(session, find_account(session, username).id, actor=operator())
    click.echo(f"{username} 已解除锁定")


@users_group.command("limit")
@click.argument("username")
@click.option("--division", "code", default="", help="只能决定这个镇街、区或市（区划代码）里的事项；不给出时不限。")
@click.option("--authority", default="", help="只登记这个机关的决定，名称同规则数据；不给出时不限。")
def limit_command(username: str, code: str, authority: str) -> None:
    """限定一个账号能决定哪里的、哪个机关的地名办件。"""
    from gazetteer.divisions import division_on
    from gazetteer.people import find_account, limit_competence

    with opened(read_settings()) as store, store.transaction() as session:
        division = division_on(session, code) if code else None
        account = find_account(session, username)
        limit_competence(session, account.id, division_id=division.id if division else None, authority=authority, actor=operator())
    click.echo(f"{username} 的权限范围：{division.name if division else '不限'}，{authority or '各机关'}")


@users_group.command("deactivate")
@click.argument("username")
def deactivate_command(username: str) -> None:
    """停用账号；该账号的所有登录立即失效。"""
    _set_active(username, active=False)


@users_group.command("activate")
@click.argument("username")
def activate_command(username: str) -> None:
    """重新启用账号。"""
    _set_active(username, active=True)


@users_group.group("key")
def key_group() -> None:
    """其他系统调用接口所用的密钥。"""


@key_group.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPE_NAMES), help="权限范围，可给出多次。")
@click.option("--days", type=click.IntRange(1, 3650), default=None, help="有效天数；不给出则长期有效。")
def create_key_command(name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """为系统 NAME 生成密钥；密钥只显示这一次。"""
    from gazetteer.api_keys import create_api_key

    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with opened(read_settings()) as store, store.transaction() as session:
        _record, key = create_api_key(session, name, scopes, actor=operator(), expires_at=expires_at)
    click.echo(key)
    click.echo("请立即交给对方保管，之后无法再次显示；调用时放在 X-API-Key 请求头中", err=True)


@key_group.command("list")
def list_keys_command() -> None:
    """列出密钥，每行一个：标识、系统、权限范围、状态、到期日。"""
    from gazetteer.api_keys import list_api_keys

    with opened(read_settings()) as store, store.reading() as session:
        for key in list_api_keys(session):
            expiry = key.expires_at.date().isoformat() if key.expires_at else "长期"
            click.echo(f"{key.prefix}\t{key.name}\t{','.join(key.scopes)}\t{'有效' if key.active else '已吊销'}\t{expiry}")


@key_group.command("revoke")
@click.argument("prefix")
def revoke_key_command(prefix: str) -> None:
    """吊销标识为 PREFIX 的密钥，立即生效。"""
    from gazetteer.api_keys import revoke_api_key

    with opened(read_settings()) as store, store.transaction() as session:
        key = revoke_api_key(session, prefix, actor=operator())
    click.echo(f"密钥 {key.prefix}（{key.name}）已吊销")


def _create(username: str, display_name: str, role: str, password: str) -> None:
    from gazetteer.people import create_user

    with opened(read_settings()) as store, store.transaction() as session:
        account = create_user(session, username, display_name, role, password, actor=operator())
    click.echo(f"已开设账号 {account.username}（{account.role}）")


def _set_active(username: str, *, active: bool) -> None:
    from gazetteer.people import change_account, find_account

    with opened(read_settings()) as store, store.transaction() as session:
        change_account(session, find_account(session, username).id, active=active, actor=operator())
    click.echo(f"{username} 已{'启用' if active else '停用'}")
