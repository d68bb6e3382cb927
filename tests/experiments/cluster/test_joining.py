"""A cluster is refused in one sentence where it cannot be measured on."""

import re
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

import clientprof
from clientprof.cli import CommandError
from clientprof.cli.arguments.cluster_arguments import place_of, subjects_elsewhere
from clientprof.clients import CLIENTS
from clientprof.experiments.cluster.cluster_place import nobody_since
from clientprof.experiments.cluster.joining import ClusterProblem, check_workers, join
from clientprof.experiments.cluster.orders import code_digest, host_name
from clientprof.experiments.environments.client_specs import ClientSpec

OWN = f"{sys.version_info.major}.{sys.version_info.minor}.0.final.0"


@dataclass
class FakeClient:
    """What Dask's client says of two workers, the first of which has the slot."""

    slot: float = 1
    version: str | None = clientprof.__version__
    python: str = OWN
    digest: str = field(default_factory=code_digest)

    @property
    def scheduler(self) -> "FakeClient":
        return self

    def sync(self, function: Any, **arguments: Any) -> Any:
        return function(**arguments)

    def identity(self, n_workers: int) -> dict[str, Any]:
        assert n_workers == -1
        resources = {"clientprof": self.slot} if self.slot else {}
        return {"workers": {"tcp://a": {"resources": resources}, "tcp://b": {"resources": {}}}}

    def get_versions(self, packages: list[str]) -> dict[str, Any]:
        mine = {"python": self.python, "clientprof": self.version}
        return {"workers": {"tcp://a": {"packages": mine}, "tcp://b": {"packages": {"python": "2.7.18.final.0"}}}}

    def run(self, function: Any, *, workers: list[str], on_error: str) -> dict[str, object]:
        assert workers == ["tcp://a"]
        return {"tcp://a": self.digest}


def test_workers_without_a_slot_are_nobodys_business() -> None:
    check_workers(FakeClient(), "tcp://s")


@pytest.mark.parametrize(
    ("client", "said"),
    [
        (FakeClient(slot=0), "none of the 2 workers at tcp://s has a slot; start each with --resources clientprof=1"),
        (FakeClient(version=None), "tcp://a has no clientprof"),
        (FakeClient(version="0.0.1"), f"tcp://a has clientprof 0.0.1, this is {clientprof.__version__}"),
        (FakeClient(python="3.9.1.final.0"), "tcp://a runs on Python 3.9, this is"),
        (FakeClient(digest="other"), "tcp://a has another clientprof of the same version"),
    ],
)
def test_a_cluster_that_cannot_be_measured_on_is_refused_in_one_sentence(client: FakeClient, said: str) -> None:
    with pytest.raises(ClusterProblem) as raised:
        check_workers(client, "tcp://s")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_without_the_extra_the_error_says_which_one_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterProblem, match=r"pip install 'clientprof\[cluster\]'"):
        join("tcp://127.0.0.1:1")
    with pytest.raises(CommandError, match="cluster"), place_of("tcp://127.0.0.1:1", (), None, quiet=True):
        pass


def test_a_minute_without_any_worker_ends_the_measuring() -> None:
    clock = iter((0.0, 30.0, 61.0))
    since = nobody_since(list, None, lambda: next(clock))
    assert since == 0.0
    assert nobody_since(lambda: ["tcp://a"], since) is None
    assert nobody_since(list, since, lambda: next(clock)) == 0.0
    with pytest.raises(ClusterProblem, match="no worker with a slot is left"):
        nobody_since(list, since, lambda: next(clock))


def test_what_lies_on_this_machine_only_is_not_sent_away() -> None:
    plain = ClientSpec.parse("httpx==0.28.1@py3.12", CLIENTS)
    assert [subject.label for subject in subjects_elsewhere([plain])] == ["httpx==0.28.1@py3.12"]
    with pytest.raises(CommandError, match="of this machine"):
        subjects_elsewhere([ClientSpec.parse("httpx@py:/opt/python/bin/python3", CLIENTS)])


def test_a_hosts_name_is_the_same_every_time_and_names_nobody() -> None:
    assert host_name() == host_name()
    assert re.fullmatch("host [0-9a-f]{6}", host_name())
