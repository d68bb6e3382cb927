"""A network of this process's own (Linux, network_namespaces(7)) with one device whose packets this process carries.

In it, ``OWN`` is the address of both client and server. What is sent to any address of ``HOSTS`` comes out of the
device. Given back with source and destination exchanged, it reaches the server at ``OWN`` as if a client at that address of
``HOSTS`` had sent it, and the server's answer takes the same way back. Exchanging the two leaves all checksums right.

Nothing of the machine's own network changes, no packet can leave the machine, and all of it ends with its processes. The
addresses are those reserved for benchmarks of networks (RFC 2544, appendix C.2.2). Who may make networks makes one; other
users make a user namespace with it, where the system lets them.
"""

import ctypes
import errno
import os
import shutil
import socket
import struct
import sys

OWN = "198.18.0.1"
HOSTS = "198.19"
_NETMASK = "255.254.0.0"
_ENTER = "nsenter"
_DEVICE = b"link"
_MTU = 1500
_DEVICE_QUEUE = 20_000
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFMTU = 0x8916, 0x891C, 0x8922
_NETLINK_ROUTE, _RTM_NEWLINK, _REQUEST_AND_ACK, _IFLA_TXQLEN = 0, 16, 5, 13
_PR_SET_TIMERSLACK = 29


class NoPrivateNetwork(Exception):
    """This system does not let us make one. The message says what it refused."""


def make_private_network() -> tuple[int, bool]:
    """Move this process into a network of its own; its device's descriptor, and whether a user namespace came with it.

    Call it before any thread is started. A child tries it first: what is refused half-way cannot be taken back, and this
    process has to be where it was if it is to carry streams instead. (Ubuntu gives away user namespaces in which nothing is
    allowed; in many containers only /dev/net/tun is missing.)

    Raises:
        NoPrivateNetwork: not Linux, or not allowed; the process is where it was.
    """
    if sys.platform != "linux":
        raise NoPrivateNetwork("only Linux has private networks")
    if shutil.which(_ENTER) is None:
        raise NoPrivateNetwork(f"the command {_ENTER} is not installed; it is part of util-linux")
    why_not = _refused_in_a_child()
    if why_not:
        raise NoPrivateNetwork(why_not)
    return _make()


def _refused_in_a_child() -> str:
    """Why a child cannot make one; empty where it can."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _make()
        except NoPrivateNetwork as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as said:
        why_not = said.read().decode()
    os.waitpid(child, 0)
    return why_not


def _make() -> tuple[int, bool]:
    users = _unshare()
    try:
        device = _open_device()
    except OSError as error:
        raise NoPrivateNetwork(f"/dev/net/tun: {error.strerror}") from None
    try:
        _configure()
    except OSError as error:
        os.close(device)
        raise NoPrivateNetwork(f"its device cannot be set up: {error.strerror}") from None
    _allow_many_connections()
    return device, users


def sharpen_timers() -> None:
    """Let this process's waits end when they are due and not up to 50 us later (prctl(2), PR_SET_TIMERSLACK)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1000, 0, 0, 0)


def enter_command(pid: int, *, users: bool) -> tuple[str, ...]:
    """What to put before a command so that it runs in the network of that process."""
    user = (f"--user=/proc/{pid}/ns/user", "--preserve-credentials") if users else ()
    return (_ENTER, *user, f"--net=/proc/{pid}/ns/net", "--")


def _unshare() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) == 0:
        return False
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        what = "not permitted" if code == errno.EPERM else os.strerror(code)
        raise NoPrivateNetwork(f"making a private network is {what}")
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    except OSError as error:
        raise NoPrivateNetwork(f"making a user namespace is refused: {error.strerror}") from None
    return True


def _open_device() -> int:
    import fcntl

    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", _DEVICE, _IFF_TUN | _IFF_NO_PI))
    except OSError:
        os.close(device)
        raise
    return device


def _configure() -> None:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:

        def address(request: int, text: str) -> None:
            packed = struct.pack("16sH2x4s16x", _DEVICE, socket.AF_INET, socket.inet_aton(text))
            fcntl.ioctl(control, request, packed)

        def up(name: bytes) -> None:
            (flags,) = struct.unpack("16xH22x", fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16s24x", name)))
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH22x", name, flags | _IFF_UP))

        up(b"lo")
        address(_SIOCSIFADDR, OWN)
        address(_SIOCSIFNETMASK, _NETMASK)
        fcntl.ioctl(control, _SIOCSIFMTU, struct.pack("16si20x", _DEVICE, _MTU))
        _lengthen_queue()
        up(_DEVICE)


def _lengthen_queue() -> None:
    """So that a burst of many connections' packets waits for this process and is not lost (rtnetlink(7)).

    The older way, SIOCSIFTXQLEN, is refused in a user namespace.
    """
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE) as netlink:
        what = struct.pack("=BxHiII", 0, 0, socket.if_nametoindex(_DEVICE.decode()), 0, 0)
        what += struct.pack("=HHI", 8, _IFLA_TXQLEN, _DEVICE_QUEUE)
        netlink.send(struct.pack("=IHHII", 16 + len(what), _RTM_NEWLINK, _REQUEST_AND_ACK, 1, 0) + what)
        (code,) = struct.unpack_from("=i", netlink.recv(4096), 16)
    if code:
        raise OSError(-code, os.strerror(-code))


def _allow_many_connections() -> None:
    """Let ports be used again at once after their connections, as on loopback: a client per call would run out of them."""
    for name, value in (("tcp_tw_reuse", "1"), ("ip_local_port_range", "10240 65535")):
        try:
            with open(f"/proc/sys/net/ipv4/{name}", "w", encoding="ascii") as file:
                file.write(value)
        except OSError:
            pass  # fewer connections then, as the system has it
