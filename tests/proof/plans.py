"""Random plans: a handful of exchanges with every kind of trouble, durations from nothing to a blocked loop."""

from hypothesis import strategies as st

from clientprof.model.layers import Layer
from clientprof.proof.plan import ExchangePlan, NoisePlan, Order, Plan

short = st.one_of(st.just(0), st.integers(1, 999), st.integers(1_000, 60_000))
wait = st.one_of(st.just(0), st.integers(1, 50_000), st.integers(100_000, 2_000_000))
connecting = st.integers(1_000, 500_000)  # no name lookup, no connect and no handshake takes no time at all
moment = st.integers(0, 3_000_000)


def exchanges(*, trouble: bool, parts: bool = False) -> st.SearchStrategy[ExchangePlan]:
    """``trouble`` allows timeouts and cancellations, ``parts`` bodies that come after their headers."""
    later = st.none() | moment if trouble else st.none()
    return st.builds(
        ExchangePlan,
        start_after_ns=st.just(0) | moment,
        prepare_ns=short,
        door_ns=short,
        lock_yields=st.integers(0, 2),
        rejections=st.integers(0, 2),
        setup_ns=short,
        connect_wait_ns=connecting,
        tls_wait_ns=st.none() | connecting,
        write_ns=short,
        send_ns=short,
        server_ns=wait,
        parse_ns=short,
        headers_ns=short,
        body_after_ns=st.none() | moment if parts else st.none(),
        decode_ns=short,
        release_ns=short,
        collect_ns=st.just(0) | short,
        timeout_ns=later,
        cancel_after_ns=later,
    )


def plans(*, trouble: bool = True, parts: bool = False, quiet: bool = False) -> st.SearchStrategy[Plan]:
    noise = st.builds(NoisePlan, at_ns=moment, work_ns=st.integers(0, 900_000), layer=st.sampled_from(list(Layer)))
    return st.builds(
        Plan,
        exchanges=st.lists(exchanges(trouble=trouble, parts=parts), min_size=1, max_size=7).map(tuple),
        order=st.sampled_from(Order),
        connections=st.integers(1, 5),
        transit_ns=st.integers(1, 200_000),
        select_ns=st.just(0) | st.integers(1, 5_000),
        noise=st.just(()) if quiet else st.lists(noise, max_size=4).map(tuple),
    )
