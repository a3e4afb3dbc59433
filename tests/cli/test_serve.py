"""`materiel serve` and `worker`, as real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from tests.cli.conftest import Run

from materiel.cli.main import main
from materiel.cli.serve import listen
from materiel.errors import Conflict
from materiel.web.http.visit import wrong_secrets

SOON = 120


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen([sys.executable, "-m", "materiel", *arguments], stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def wait_for(url: str, seconds: float = SOON) -> httpx.Response:
    end = monotonic() + seconds
    while True:
        try:
            return httpx.get(url)
        except httpx.TransportError:
            assert monotonic() < end, f"{url} never answered"
            sleep(0.1)


@pytest.mark.usefixtures("run")
def test_the_server_answers_then_stops_cleanly() -> None:
    port = free_port()
    with process("serve", "--port", str(port)) as server:
        assert wait_for(f"http://127.0.0.1:{port}/api/openapi.json").status_code == 200
        server.send_signal(signal.SIGINT)
        _, messages = server.communicate(timeout=SOON)
        assert server.returncode == 0, messages
        assert f"http://127.0.0.1:{port}" in messages
        assert "Traceback" not in messages


def test_what_lives_as_long_as_the_server_is_not_collected_again_and_again(run: Run) -> None:
    program = (
        "import gc, sys, uvicorn\n"
        "from materiel.cli.main import main\n"
        "uvicorn.Server.run = lambda *_, **__: print(f'frozen={gc.get_freeze_count()}', file=sys.stderr)\n"
        f"sys.argv = ['materiel', 'serve', '--port', '{free_port()}']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=SOON, check=False)
    frozen = int(done.stderr.split("frozen=")[1].split()[0])
    assert frozen > 100_000


def test_a_port_in_use_is_refused_in_french(run: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        refused = run("serve", "--port", port)
        with pytest.raises(Conflict) as refusal:
            listen("127.0.0.1", port)
    assert refused.code == 1
    assert "Impossible d'écouter" in refused.err
    assert refusal.value.code == "server.address_in_use"


@pytest.mark.parametrize("host", ["machine-qui-n-existe-pas.invalid", "a" * 300, "192.0.2.1"])
def test_an_address_that_is_not_of_this_machine_is_refused_in_french(host: str) -> None:
    with pytest.raises(Conflict, match="MATERIEL_HOST") as refusal:
        listen(host, 8000)
    assert not any(word in refusal.value.message for word in ("Name", "Cannot", "label"))


WRONG = {
    "MATERIEL_PRODUCTION": "peut-être",
    "MATERIEL_DATA_DIR": "/dev/null/d",
    "MATERIEL_DATABASE_URL": "postgresql://serveur:port/base",
    "MATERIEL_BASE_URL": "https://[::1",
    "MATERIEL_LABEL_URL": "https://un-nom-bien-trop-long-pour-un-qr.exemple.fr",
    "MATERIEL_HOST": "pas une adresse",
    "MATERIEL_PORT": "9" * 5000,
    "MATERIEL_TRUSTED_PROXIES": "nginx",
    "MATERIEL_SECRET_KEY": "court",
    "MATERIEL_SECRET_KEY_FILE": "/absent",
    "MATERIEL_SMTP_URL": "smtp://127.0.0.1?starttls=peut-être",
    "MATERIEL_SMTP_URL_FILE": "/dev",
    "MATERIEL_MAX_UPLOAD_MB": "0",
    "MATERIEL_RUN_JOBS": "2",
    "MATERIEL_THEME": "rose",
    "MATERIEL_SERVICE_NAME": b"Pr\xffet",
    "MATERIEL_AUDIT_DATE": "hier",
    "MATERIEL_OIDC_ISSUER": "https://exemple.fr:port",
    "MATERIEL_OIDC_CLIENT_ID": "seul",
    "MATERIEL_INCONNUE": "x",
}


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["db", "check"]], ids=" ".join)
def test_any_wrong_setting_is_one_french_line_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: list[str]
) -> None:
    monkeypatch.setenv("MATERIEL_DATA_DIR", str(tmp_path / "données"))
    monkeypatch.delenv("MATERIEL_DATABASE_URL", raising=False)
    for name, value in WRONG.items():
        with monkeypatch.context() as environment:
            environment.setitem(os.environb, name.encode(), value if isinstance(value, bytes) else value.encode())
            assert main([*command]) == 1, name
        told = capfd.readouterr().err
        assert (len(told.splitlines()), name.removesuffix("_FILE") in told) == (1, True), told
        assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_one_line_of_the_real_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATERIEL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MATERIEL_SMTP_URL", "smtp://127.0.0.1?starttls=vrai&from=x")
    for command in (["serve"], ["worker"], ["db", "check"]):
        with process(*command) as started:
            _, told = started.communicate(timeout=SOON)
        assert (started.returncode, len(told.splitlines())) == (1, 1), told
        assert "MATERIEL_SMTP_URL" in told


def test_the_worker_waits_then_stops_cleanly(with_service: Run) -> None:
    with process("worker") as worker:
        assert worker.stderr is not None
        assert "tâches de fond" in worker.stderr.readline()
        assert "Aucun serveur de courriel n'est réglé" in worker.stderr.readline()
        worker.send_signal(signal.SIGTERM)
        _, messages = worker.communicate(timeout=SOON)
        assert (worker.returncode, messages) == (0, "")


def test_a_pile_that_is_no_image_is_refused(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "pile.pdf"
    file.write_text("bonjour", encoding="utf-8")
    refused = with_service("scans", "file", file)
    assert refused.code == 1
    assert "numérisation lisible" in refused.err


def test_the_printed_pages_are_filed_to_their_document(run: Run, tmp_path: Path) -> None:
    made = run("demo", "--json").json
    port = free_port()
    with process("serve", "--port", str(port)):
        headers = {"Authorization": f"Bearer {made['tokens']['manager']}"}
        wait_for(f"http://127.0.0.1:{port}/api/openapi.json")
        loans = httpx.get(f"http://127.0.0.1:{port}/api/loans", headers=headers).json()["items"]
        loan = httpx.get(f"http://127.0.0.1:{port}/api/loans/{loans[0]['id']}", headers=headers).json()
        paper = loan["documents"][0]
        pdf = httpx.get(f"http://127.0.0.1:{port}/api/documents/{paper['id']}/pdf", headers=headers)
    pile = tmp_path / "pile.pdf"
    pile.write_bytes(pdf.content)
    filed = run("scans", "file", pile, "--service", "DEMO35", "--json")
    assert filed.code == 0, filed.err
    assert [copy["number"] for copy in filed.json[0]["filed"]] == [paper["number"]]


@pytest.mark.parametrize(
    ("trusted", "visitors", "expected"),
    [("", "192.0.2.{n}", 429), ("127.0.0.1", "192.0.2.{n}", 404), ("127.0.0.1", "192.0.2.{n}, 198.51.100.7", 429)],
    ids=["nobody is believed", "the proxy is believed", "what its visitor wrote is not"],
)
def test_the_address_of_a_visitor_is_what_a_known_proxy_says(
    run: Run, monkeypatch: pytest.MonkeyPatch, trusted: str, visitors: str, expected: int
) -> None:
    monkeypatch.setenv("MATERIEL_TRUSTED_PROXIES", trusted)
    port = free_port()
    with process("serve", "--port", str(port)):
        wait_for(f"http://127.0.0.1:{port}/healthz")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            for number in range(int(wrong_secrets().burst * 2)):
                answer = client.get("/f/inconnu", headers={"X-Forwarded-For": visitors.format(n=number)})
    assert answer.status_code == expected
