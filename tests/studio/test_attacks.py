"""What an attacker gets: the table of docs/studio.md, and every address, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.routing import Mount, Route

from gazeaug_cli.catalogue import Catalogue
from gazeaug_studio.app import make_app
from gazeaug_studio.workspace import OWN, Workspace
from tests.makers.attacks import ATTACKS, NO_HTTP, OUTSIDE, sent
from tests.makers.attacks import OWN as OWN_FILES
from tests.makers.eye_files import write_eyes
from tests.makers.studio import Answer, Asker, studio_at

DOCS = Path(__file__).parents[2] / "docs" / "studio.md"
HEAD = "| attack | request | answer |\n|---|---|---|\n"
SECRET = "nobody_may_see_this"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """A studio of a folder that has something beside it to steal."""
    folder = tmp_path_factory.mktemp("attacked") / "served"
    folder.mkdir()
    (folder / "sub").mkdir()
    write_eyes(folder / "eyes.h5", 8)
    write_eyes(folder / "second.h5", 8)
    write_eyes(folder.with_name("secret.h5"), 8)
    (folder / "out.h5").symlink_to("../secret.h5")
    (folder / "up").symlink_to("..")
    Workspace.at(folder).own("token").write_text(SECRET)
    with studio_at(folder) as studio:
        yield studio


def routes() -> list[tuple[str, str]]:
    """Methods and addresses that the application answers; what a path holds is filled in."""
    app = make_app(Workspace(Path("/")), Catalogue(), token="t" * 32, names=frozenset())
    found = [(method, route.path) for route in app.routes if isinstance(route, Route) for method in route.methods or ()]
    mounted = [("GET", f"{route.path}/main.js") for route in app.routes if isinstance(route, Mount)]
    assert len(found) + len(mounted) >= len(app.routes)
    return sorted(found + mounted)


ROUTES = routes()
WRITING = [(method, path) for method, path in ROUTES if method not in ("GET", "HEAD")]


def filled(path: str) -> str:
    """An address with its parts filled in."""
    for part in ("{ident}", "{path:path}", "{name}", "{name:path}"):
        path = path.replace(part, "1")
    assert "{" not in path, "a new kind of address: fill it in here"
    return path


@pytest.mark.parametrize("attack", ATTACKS, ids=[f"{number}-{attack.what}" for number, attack in enumerate(ATTACKS)])
def test_an_attack_gets_what_the_table_says(attacked, attack):
    answer = sent(attack, attacked)
    is_json = answer.headers["content-type"] == "application/json"
    said = answer.json["error"] if is_json else answer.data.decode()
    assert answer.status == attack.status, answer
    assert attack.said in said
    assert SECRET not in said
    assert "Traceback" not in said
    assert is_json == (attack.said != NO_HTTP), "h11 refuses it before the studio sees it"
    if is_json:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert said.count(" ") >= 3, "a sentence"


def test_the_table_of_the_docs_is_this_one():
    table = HEAD + "\n".join(attack.row for attack in ATTACKS) + "\n"
    assert table in DOCS.read_text("utf-8"), f"put this into {DOCS.name}:\n\n{table}"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_address_wants_the_cookie_and_our_name(attacked, method, path):
    path = filled(path)
    origin = f"http://127.0.0.1:{attacked.port}"
    assert attacked.ask(method, path, Cookie=None, Origin=origin).status == 401
    assert attacked.ask(method, path, Host="evil.example", Origin="http://evil.example").status == 403
    for other in ("https://evil.example", "http://127.0.0.1:3000", "null", f"https://127.0.0.1:{attacked.port}"):
        assert attacked.ask(method, path, Origin=other).status == 403
    if path != "/":
        for site in ("cross-site", "same-site"):
            assert attacked.ask(method, path, Origin=origin, Sec_Fetch_Site=site).status == 403


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_every_change_wants_our_origin(attacked, method, path):
    assert attacked.ask(method, filled(path), {}, Origin=None).status == 403


HOSTILE = ["../secret.h5", "/etc/passwd", "out.h5", "up/secret.h5", f"{OWN}/token", "sub/../../secret.h5"]
"""Names that lead out of the folder, by dots, links and roots, or to the token."""
GOOD = {
    "file": "eyes.h5",
    "first": "eyes.h5",
    "second": "second.h5",
    "third": "second.h5",
    "synthetic": "eyes.h5",
    "real": "second.h5",
    "run": "run",
    "folder": "sub",
    "path": "eyes.h5",
    "name": "train",
}
"""Values of an address that name files, by their names; `name` is a command's."""
OTHERS = {"label": "look_vec", "first_row": "0", "second_row": "0", "row": "0", "rows": "0", "bins": "8", "step": "1"}
OF_COMMANDS = {"/api/line", "/api/jobs", "/api/commands/describe"}
WITHOUT_FILES = {
    "/",
    "/api/about",
    "/api/commands",
    "/api/compare/change",  # an id
    "/api/compare/change/stop",
    "/api/compare/change/values",
    "/api/folder",
    "/api/photographs/ready",
    "/api/recipes",
    "/api/runs",
    "/static/main.js",
}
CHANGING = sorted({path for method, path in ROUTES if method == "POST" and "{" not in path} - OF_COMMANDS)
READING = sorted({path for method, path in ROUTES if method == "GET" and "{" not in path} - OF_COMMANDS)


def read(studio: Asker, path: str, other: dict[str, str]) -> Answer:
    """What an address answers to good values, but for one."""
    return studio.ask("GET", f"{path}?{urlencode({**GOOD, **OTHERS, **other})}")


@pytest.mark.parametrize("path", READING)
def test_no_address_reads_outside_of_the_folder(attacked, path):
    """A value is either not looked at, so nothing changes, or refused."""
    usual = read(attacked, path, {})
    refused = set()
    for name in GOOD:
        for hostile in HOSTILE:
            answer = read(attacked, path, {name: hostile})
            if (answer.status, answer.data) != (usual.status, usual.data):
                assert answer.status == 403, (name, hostile, answer)
                assert OUTSIDE in answer.json["error"] or OWN_FILES in answer.json["error"]
                refused.add(name)
            elif name not in refused:
                break  # it is not looked at
    assert refused or path in WITHOUT_FILES, "no value of it names a file: put it among those"


@pytest.mark.parametrize("path", CHANGING)
def test_no_address_changes_anything_outside_of_the_folder(attacked, path):
    usual = attacked.ask("POST", path, GOOD)
    refused = set()
    for name in GOOD:
        for hostile in HOSTILE:
            answer = attacked.ask("POST", path, {**GOOD, name: hostile})
            if answer.status != usual.status:
                assert answer.status == 403, (name, hostile, answer)
                refused.add(name)
            elif name not in refused:
                break
    assert refused or path in WITHOUT_FILES


def test_commands_take_no_file_outside_of_the_folder(attacked):
    """Every argument and option of every command that names a file, in the line that a job would run."""
    n_tried = 0
    for command in attacked.get("/api/commands").json["commands"]:
        found = attacked.get("/api/commands/describe", name=command["name"]).json
        options = found["arguments"] + [option for panel in found["panels"] for option in panel["options"]]
        needed = {each["name"]: value_for(each) for each in options if each["required"]}
        for option in options:
            if option.get("kind", "path") != "path":
                continue
            for hostile in HOSTILE[:3]:
                value: Any = [hostile] if option["many"] else hostile
                given = {**needed, option["name"]: value}
                path = "/api/jobs" if hostile == HOSTILE[0] else "/api/line"  # both check, and a line takes less time
                answer = attacked.post(path, command=command["name"], given=given)
                assert answer.status == 403, (command["name"], option["name"], hostile, answer)
                n_tried += 1
    assert n_tried > 150


def test_a_share_without_a_file_hides_no_name(attacked):
    """The command takes what stands behind a first = for the file."""
    for hostile in HOSTILE[:3]:
        given = {"inputs": [f"={hostile}", "eyes.h5"], "output": "mixed.h5"}
        assert attacked.post("/api/line", command="mix", given=given).status == 403, hostile


def value_for(described: dict[str, Any]) -> Any:
    """A value that a needed argument takes."""
    value = (described.get("choices") or ["eyes.h5"])[0]
    return [value] if described["many"] else value
