"""requests reads the environment for proxies, and a netrc file, in every request."""

from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    reads = case.count("environment_reads_per_request")
    if reads < 0.5:
        return None
    return Evidence(
        f"the environment is read for proxies {reads:.1f} times per request",
        case.function_us("get_environ_proxies", "get_netrc_auth"),
    )


SUSPECT = Suspect(
    id="env-proxies",
    kind=Kind.SETTING,
    layer=Layer.API,
    hypothesis="the environment is searched for proxies, and the home folder for a netrc file, for every request",
    adapters=frozenset({"requests", "requests-get"}),
    evidence=_evidence,
    intervention=patch("env_proxies"),
    absent="the environment is not read for proxies",
    gives_up="proxies, certificates and passwords from the environment are not used",
    mistaken="behind a proxy the requests may fail, or take another way",
    remedy="Where no proxy is needed, do not look for one.",
    code="session = requests.Session()\nsession.trust_env = False",
)
