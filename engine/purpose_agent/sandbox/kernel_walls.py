"""The kernel's walls, put up by a process around itself: namespaces, Landlock, seccomp, resource limits.

Used by the keeper only, in a process of its own that is about to become the one that runs the code. Imports nothing
of the package, so that it can be loaded by `python -I -S`. `ctypes`, because Python 3.11 has no `os.unshare` and none
has Landlock or seccomp. Each function raises OSError where the kernel lacks or refuses its wall; the keeper tells
which ones stand. Numbers are of the stable kernel interface (linux/landlock.h, linux/seccomp.h, asm/unistd.h).
"""

# ruff: noqa: PTH112, PTH123
# Pathlib would add 5 ms to every start.

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct
import sys

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
CLONE_THREAD = 0x10000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446

READ = 1 << 2 | 1 << 3  # files, folders
EXECUTE = 1 << 0
WRITE = 1 << 1
_MAKE = sum(1 << bit for bit in (4, 5, 7, 8, 10, 12, 13))  # remove folder, file; make folder, file, pipe, link; move
WORK = READ | WRITE | _MAKE


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def die_with_parent(parent: int) -> None:
    """Killed by the kernel when `parent` dies; also when it has died already."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0), "prctl")
    if os.getppid() not in (parent, 0):
        os._exit(1)


def no_new_privileges() -> None:
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def new_namespaces() -> None:
    """Own users, network (with nothing in it), processes, mounts and IPC; the uid inside is 1000, without powers."""
    uid, gid = os.geteuid(), os.getegid()
    flags = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS
    _check(_libc.unshare(flags), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"1000 {uid} 1"), ("gid_map", f"1000 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def private_mounts(work: str, size: int, hidden: list[str]) -> None:
    """Give `work` a memory file system of `size` bytes without executables, and hide each file of `hidden`."""
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "mount")
    options = f"size={size},mode=700".encode()
    _check(_libc.mount(b"tmpfs", work.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, options), "mount")
    for path in hidden:
        _check(_libc.mount(b"/dev/null", path.encode(), None, _MS_BIND, None), "mount")


def landlock(rules: list[tuple[str, int]]) -> int:
    """Allow only `rules` (path and what beneath it); everything else of the file system is denied. The ABI found."""
    abi = _check(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, 1), "landlock")
    handled = (1 << 13) - 1
    handled |= (1 << 13 if abi >= 2 else 0) | (1 << 14 if abi >= 3 else 0) | (1 << 15 if abi >= 5 else 0)
    network = 3 if abi >= 4 else 0  # TCP bind and connect
    scoped = 3 if abi >= 6 else 0  # abstract unix sockets, signals
    attributes = struct.pack("=QQQ", handled, network, scoped)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _check(_libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, size, 0), "landlock")
    of_files = EXECUTE | WRITE | 1 << 2 | (1 << 14 if abi >= 3 else 0)
    for path, access in rules:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # not on this machine: nothing to allow
        extra = 1 << 14 if abi >= 3 and access & WRITE else 0  # truncate
        granted = (access | extra) & handled
        if not os.path.isdir(path):
            granted &= of_files
        rule = struct.pack("=Qi", granted, descriptor)
        _check(_libc.syscall(_LANDLOCK_ADD_RULE, ruleset, 1, rule, 0), "landlock rule")
        os.close(descriptor)
    _check(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock")
    os.close(ruleset)
    return abi


def resource_limits(*, memory: int, file_size: int, open_files: int, cpu_s: int) -> None:
    """Hard limits that the code cannot raise again. A limit that the system does not know is skipped (macOS: AS)."""
    wanted = (("RLIMIT_AS", memory), ("RLIMIT_FSIZE", file_size), ("RLIMIT_NOFILE", open_files))
    for name, value in (*wanted, ("RLIMIT_CPU", cpu_s), ("RLIMIT_CORE", 0)):
        which = getattr(resource, name)
        hard = resource.getrlimit(which)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(which, (bound, bound))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise


# --- seccomp -----------------------------------------------------------------------------------------------------

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# name: number on x86_64, on aarch64 (None: not there)
_DENIED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "fork": (57, None), "vfork": (58, None), "execveat": (322, 281), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "setpriority": (141, 140), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268), "unshare": (272, 97),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "mount_setattr": (442, 442), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "sethostname": (170, 161), "personality": (135, 92),
    "mknod": (133, None), "mknodat": (259, 33), "fanotify_init": (300, 262), "process_madvise": (440, 440),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "sched_setaffinity": (203, 122),
    "process_mrelease": (448, 448), "iopl": (172, None), "ioperm": (173, None), "vhangup": (153, 58),
}  # fmt: skip
_CLONE, _CLONE3, _SOCKETPAIR, _KILL, _TGKILL = (56, 220), (435, 435), (53, 199), (62, 129), (234, 131)
_PRLIMIT, _EXECVE = (302, 261), (59, 221)

_ALLOW, _KILL_PROCESS = 0x7FFF0000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE = 0, 4


def _refuse(number: int) -> int:
    return 0x00050000 | number


def _argument(index: int, *, high: bool = False) -> int:
    return 16 + 8 * index + (4 if high else 0)


_Line = tuple[int, int, int, int]  # code, jump if true, jump if false, value


def seccomp_program(pid: int, exec_at: int) -> list[_Line]:
    """The filter: no new process, no socket, no program but the one whose path lies at address `exec_at`.

    Threads are allowed, other processes are not: memory limits count per process, and nothing can outlive the run.
    `exec_at` is an address that the executed program does not have, so the permission is used up by using it.
    """
    column = {"x86_64": 0, "aarch64": 1}[os.uname().machine]
    lines: list[_Line] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCH[os.uname().machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if column == 0:  # the x32 interface: other numbers for the same calls
        lines += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL_PROCESS)]

    def rule(numbers: tuple[int, int], body: list[_Line]) -> None:
        lines.append((_EQUAL, 0, len(body), numbers[column]))
        lines.extend(body)

    refuse, allow = (_RETURN, 0, 0, _refuse(errno.EPERM)), (_RETURN, 0, 0, _ALLOW)
    rule(_CLONE, [(_LOAD, 0, 0, _argument(0)), (_ANY_BIT, 1, 0, CLONE_THREAD), refuse, allow])
    rule(_CLONE3, [(_RETURN, 0, 0, _refuse(errno.ENOSYS))])  # glibc then takes clone, whose flags can be read
    stream_pair = [(_LOAD, 0, 0, _argument(0)), (_EQUAL, 1, 0, 1), refuse]
    stream_pair += [(_LOAD, 0, 0, _argument(1)), (_AND, 0, 0, 0xF), (_EQUAL, 1, 0, 1), refuse, allow]
    rule(_SOCKETPAIR, stream_pair)
    own = [(_LOAD, 0, 0, _argument(0)), (_EQUAL, 1, 0, pid), refuse, allow]
    rule(_KILL, own)
    rule(_TGKILL, own)
    rule(_PRLIMIT, [(_LOAD, 0, 0, _argument(0)), (_EQUAL, 2, 0, pid), (_EQUAL, 1, 0, 0), refuse, allow])
    low, high = exec_at & 0xFFFFFFFF, exec_at >> 32
    path_at = [(_LOAD, 0, 0, _argument(0)), (_EQUAL, 1, 0, low), refuse]
    rule(_EXECVE, [*path_at, (_LOAD, 0, 0, _argument(0, high=True)), (_EQUAL, 1, 0, high), refuse, allow])
    for numbers in _DENIED.values():
        number = numbers[column]
        if number is not None:
            rule((number, number), [refuse])
    return [*lines, allow]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_void_p)]


def seccomp(pid: int, exec_at: int) -> None:
    """Install the filter on this process, for good."""
    if os.uname().machine not in _ARCH:
        raise OSError(errno.ENOSYS, "no table of system calls for this processor")
    lines = seccomp_program(pid, exec_at)
    packed = b"".join(struct.pack("=HBBI", *line) for line in lines)
    body = ctypes.create_string_buffer(packed, len(packed))
    program = _Program(len(lines), ctypes.addressof(body))
    _check(_libc.prctl(22, 2, ctypes.byref(program), 0, 0), "seccomp")


def path_at_own_address(path: str) -> int:
    """Put `path` on a page of its own, far from where any program's memory lies; its address."""
    mmap = _libc.mmap
    mmap.restype = ctypes.c_void_p
    mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    hint = int.from_bytes(os.urandom(4), "little") << 12 | 0x2000 << 32
    address: int | None = mmap(hint, 4096, 3, 0x22, -1, 0)
    if address is None or address == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")
    ctypes.memmove(address, path.encode() + b"\0", len(path.encode()) + 1)
    return address


def execute(path_address: int, arguments: list[str]) -> None:
    """Become the program whose path lies at the address. Returns only by OSError.

    The one variable of its environment keeps glibc from reserving 64 MB of address space per thread.
    """
    vector = (ctypes.c_char_p * (len(arguments) + 1))(*[text.encode() for text in arguments], None)
    environment = (ctypes.c_char_p * 2)(b"MALLOC_ARENA_MAX=2", None)
    _check(_libc.execve(ctypes.c_void_p(path_address), vector, environment), "execve")
