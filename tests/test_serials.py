"""Plate serials and the code on a plate: read as people write them, refused when a digit is wrong, signed."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_rows import add_address, add_district, add_road

from gazetteer.plates.lists import list_plates
from gazetteer.plates.orders import order_plates
from gazetteer.plates.qr import plate_url, read_code, sign, svg, symbol, verify
from gazetteer.plates.serials import grouped, is_serial, make_serial, parse_serial
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from geoaddr.errors import Conflict, UsageError

serials = st.builds(make_serial, st.just("330213"), st.integers(1, 10**8 - 1))


@given(serials)
def test_a_serial_survives_being_printed_and_typed(serial: str) -> None:
    assert len(serial) == 16
    assert parse_serial(grouped(serial)) == serial
    assert parse_serial(serial.replace("0", "O").replace("1", "l").replace("5", "S")) == serial
    assert parse_serial("".join(chr(ord(digit) + 0xFEE0) for digit in serial)) == serial
    assert parse_serial(f" {serial[:6]}-{serial[6:]} ") == serial


@given(serials, st.integers(0, 15), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(serial: str, place: int, shift: int) -> None:
    wrong = serial[:place] + str((int(serial[place]) + shift) % 10) + serial[place + 1 :]
    assert not is_serial(wrong)


@given(serials, st.integers(0, 14))
def test_every_swap_of_neighbours_is_noticed(serial: str, place: int) -> None:
    swapped = serial[:place] + serial[place + 1] + serial[place] + serial[place + 2 :]
    assert is_serial(swapped) == (swapped == serial)


@pytest.mark.parametrize("text", ["", "33021300000001", "3302130000000199999", "abc", "３３", "3302 1300 0000 0100", "١" * 16, "9" * 5000])
def test_what_is_no_serial_is_refused_with_what_is_wrong(text: str) -> None:
    with pytest.raises(UsageError, match="位"):
        parse_serial(text)


def test_running_numbers_end_with_a_clear_sentence() -> None:
    for running in (0, 10**8):
        with pytest.raises(Conflict, match="用尽"):
            make_serial("330213", running)
    with pytest.raises(UsageError):
        make_serial("3302", 1)


@given(serials, st.text(max_size=12))
def test_a_code_leads_back_to_its_serial_and_only_the_right_signature_verifies(serial: str, guess: str) -> None:
    assert read_code(plate_url("https://dz.example/", serial, "样本")) == (serial, sign(serial, "样本"))
    assert verify(serial, sign(serial, "样本").upper(), "样本")
    assert not verify(serial, sign(serial, "别的密钥"), "样本")
    assert not verify(serial, guess, "样本") or guess.strip().lower() == sign(serial, "样本")


def test_a_foreign_code_is_refused() -> None:
    for text in ("https://example.com/pay?x=1", "http://[/p/1", "/p/", "https://dz.example/p/abc?s=1"):
        with pytest.raises(UsageError):
            read_code(text)


def test_the_symbol_has_high_error_correction_and_no_inline_style() -> None:
    url = plate_url("http://127.0.0.1:8000", make_serial("330213", 1), "k")
    assert symbol(url).error == "H"
    assert "style" not in svg(url)
    assert svg(url).startswith("<svg")


def test_two_orders_at_once_never_draw_the_same_serial(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        ids = [add_address(session, road, str(number)).id for number in range(1, 25)]
    failures: list[BaseException] = []

    def order(chunk: list[str]) -> None:
        try:
            with store.transaction() as session:
                order_plates(session, chunk, reason="同时", actor=officer)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=order, args=(ids[start : start + 6],)) for start in range(0, 24, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.reading() as session:
        running = sorted(int(plate.serial[6:14]) for plate in list_plates(session, limit=100).rows)
    assert running == list(range(1, 25))
