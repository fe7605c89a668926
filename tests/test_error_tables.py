"""The script that makes the tables, and the files it made."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import telethon

from tgfix.knowledge import classes
from tgfix.knowledge.classes import contracts_table, telethon_table

ROOT = Path(classes.__file__).parent.parent
same_release = pytest.mark.skipif(
    telethon_table()["provenance"]["telethon"] != telethon.__version__,
    reason="the table describes another release of Telethon than the installed one",
)


def test_the_tables_are_small_and_say_where_they_come_from() -> None:
    sizes = {path.name: path.stat().st_size for path in ROOT.joinpath("knowledge").glob("*.json")}
    assert sizes.pop("exports.json") < 200_000  # which only a star import reads
    assert sum(sizes.values()) < 150_000
    provenance = telethon_table()["provenance"]
    assert len(provenance["sha256"]) == 3 and "MIT" in provenance["licence"] and "LonamiWebs" in provenance["data"]


def test_importing_the_lookups_reads_nothing() -> None:
    code = (
        "import sys, tgfix.knowledge.errors as e, tgfix.knowledge.classes as c\n"
        "assert c.telethon_table.cache_info().currsize == c.contracts_table.cache_info().currsize == 0\n"
        "e.telethon_method('send_message'); c.attributes('httpx.HTTPError'); e.ptb_method('send_message')\n"
        "print([m for m in ('telethon', 'telegram', 'httpx', 'aiohttp', 'libcst', 'asyncio') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "[]"
    )


def rebuild(data: Path, out: Path, seed: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(ROOT / "scripts/build_error_tables.py"),
        "--only",
        "telethon",
        "--data",
        str(data),
        "--out",
        str(out),
    ]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed})


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    (tmp_path / "errors.csv").write_text(
        "name,codes,description\nPHONE_CODE_INVALID,400,x\nFLOOD_WAIT_X,420,x\nUSERNAME_NOT_OCCUPIED,400,x\n"
    )
    (tmp_path / "friendly.csv").write_text("ns,friendly,raw\nauth.AuthMethods,sign_in,auth.signIn\n")
    (tmp_path / "methods.csv").write_text(
        "method,usability,errors\nauth.signIn,user,PHONE_CODE_INVALID\nauth.checkPassword,user,\n"
        "account.getPassword,user,\nauth.importBotAuthorization,both,\nauth.sendCode,user,FLOOD_WAIT_X\n"
        "auth.resendCode,user,\ncontacts.resolveUsername,both,USERNAME_NOT_OCCUPIED\n"
    )
    return tmp_path


@same_release
@pytest.mark.slow
def test_the_script_gives_the_same_bytes_again(lists: Path, tmp_path: Path) -> None:
    made = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        out.mkdir()
        done = rebuild(lists, out, seed)
        assert done.returncode == 0, done.stderr
        made.append((out / "telethon_errors.json").read_bytes())
    assert made[0] == made[1]
    table = json.loads(made[0])
    names = [row[0] for row in table["errors"]]
    assert [row[:1] + row[2:] for row in table["errors"]] == [row[:1] + row[2:] for row in telethon_table()["errors"]]
    assert [names[i] for i in table["sign_in"]["code"]] == ["PhoneCodeInvalidError"]
    assert [names[i] for i in table["methods"]["TelegramClient.sign_in"][2]] == [
        "PhoneCodeInvalidError",  # from the list
        "PhoneNumberUnoccupiedError",  # raised by Telethon itself
        "SessionPasswordNeededError",  # named in its documentation
    ]
    # Resolving a username is tried and its failure turned into a ValueError on the way.
    assert table["methods"]["TelegramClient.get_entity"][3] == []


def test_the_script_refuses_a_list_with_an_unknown_error(lists: Path, tmp_path: Path) -> None:
    with (lists / "errors.csv").open("a") as file:
        file.write("NEVER_HEARD_OF,400,x\n")
    done = rebuild(lists, tmp_path, "1")
    assert done.returncode == 1 and "NEVER_HEARD_OF" in done.stderr


@pytest.mark.slow
def test_the_contracts_are_what_the_script_makes_of_the_installed_libraries() -> None:
    versions = contracts_table()["provenance"]
    for distribution, version in versions.items():
        try:
            installed = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            installed = None
        if installed != version:
            pytest.skip(f"the table describes {distribution} {version}, installed is {installed}")
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        made = importlib.import_module("call_contracts").table()
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    written = json.loads((ROOT / "knowledge/contracts.json").read_text(encoding="utf-8"))
    assert made["calls"] == written["calls"] and made["ptb"] == written["ptb"] and made["rows"] == written["rows"]
    if sys.version_info[:2] == (3, 11):  # the table describes that one; other releases have builtins of their own
        assert made["classes"] == written["classes"]
    else:
        assert {name for name in written["classes"] if "." in name} - set(made["classes"]) == set()
