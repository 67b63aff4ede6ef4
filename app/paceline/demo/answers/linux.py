"""What a simulated server answers on an exec channel: text and exit status."""

from paceline.demo.answers import facts
from paceline.demo.answers.facts import View

UNKNOWN_COMMAND_STATUS = 127


def answer(view: View, command: str) -> tuple[list[str], int]:
    """The lines and the exit status of one command line."""
    words = command.split()
    name = words[0] if words else ""
    if name == "echo":
        return [" ".join(word.strip("'\"") for word in words[1:])], 0
    if words == ["uptime"]:
        return [_uptime(view)], 0
    if words == ["uname", "-a"]:
        release = view.device.release
        return [f"Linux {view.device.name} {release} #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 x86_64 GNU/Linux"], 0
    if words == ["uname"]:
        return ["Linux"], 0
    if words == ["hostname"]:
        return [view.device.name], 0
    if words == ["cat", "/proc/loadavg"]:
        return [f"{' '.join(_load(view))} 1/{view.device.dice('threads').randrange(90, 400)} 41877"], 0
    if words in (["df", "-h"], ["df"]):
        return _disks(view), 0
    if words in (["free"], ["free", "-m"]):
        return _memory(view), 0
    if words in (["true"], []):
        return [], 0
    if words == ["false"]:
        return [], 1
    if name in ("cat", "df", "free", "uname", "uptime"):
        return [f"{name}: {' '.join(words[1:])}: no such file or option on this simulated server"], 1
    return [f"sh: 1: {name}: not found"], UNKNOWN_COMMAND_STATUS


def _load(view: View) -> list[str]:
    return [f"{percent / 25:.2f}" for percent in facts.cpu(view)]


def _uptime(view: View) -> str:
    days, rest = divmod(int(view.uptime.total_seconds()), 86_400)
    up = f"{days} days, {rest // 3600:2d}:{rest // 60 % 60:02d}"
    return f" {view.at:%H:%M:%S} up {up},  1 user,  load average: {', '.join(_load(view))}"


def _disks(view: View) -> list[str]:
    used = view.device.dice("disk").randrange(11, 88)
    return [
        "Filesystem      Size  Used Avail Use% Mounted on",
        "udev            3.9G     0  3.9G   0% /dev",
        f"/dev/sda1       100G  {used:3d}G  {100 - used:3d}G {used:3d}% /",
        "tmpfs           795M  1.1M  794M   1% /run",
    ]


def _memory(view: View) -> list[str]:
    total, used = facts.memory_mb(view)
    free, cached = (total - used) // 3, (total - used) * 2 // 3
    return [
        "               total        used        free      shared  buff/cache   available",
        f"Mem:    {total:12d}{used:12d}{free:12d}{41:12d}{cached:12d}{total - used:12d}",
        f"Swap:   {974:12d}{0:12d}{974:12d}",
    ]
