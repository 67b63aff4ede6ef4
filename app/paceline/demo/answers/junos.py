"""What a simulated Junos router prints."""

from collections.abc import Callable
from datetime import datetime, timedelta

from paceline.demo.answers import facts
from paceline.demo.answers.facts import View


def version(view: View) -> list[str]:
    """`show version`"""
    device = view.device
    lines = [f"Hostname: {device.name}", f"Model: {device.model}", f"Junos: {device.release}"]
    parts = (
        "os-kernel-prd-x86-64",
        "os-libs-12-x86-64",
        "os-runtime-x86-64",
        "modules-x86-64",
        "libs-x86-64",
        "daemons",
    )
    return lines + [f"JUNOS {part} [{device.release}]" for part in parts]


def routing_engine(view: View) -> list[str]:
    """`show chassis routing-engine`"""
    now, one, five = facts.cpu(view)
    total, used = facts.memory_mb(view)
    days, rest = divmod(int(view.uptime.total_seconds()), 86_400)
    return [
        "Routing Engine status:",
        "  Slot 0:",
        "    Current state                  Master",
        "    Election priority              Master (default)",
        f"    Temperature                 {31 + now // 3} degrees C / {32 + (31 + now // 3) * 9 // 5} degrees F",
        f"    DRAM                      {total} MB ({total} MB installed)",
        f"    Memory utilization          {used * 100 // total} percent",
        "    5 sec CPU utilization:",
        f"      User                     {now:3d} percent",
        "      Background                 0 percent",
        f"      Kernel                   {1 + now // 5:3d} percent",
        f"      Idle                     {99 - now - now // 5:3d} percent",
        f"    Model                          RE-S-{view.device.model.upper()}",
        f"    Serial ID                      {view.device.serial}",
        f"    Start time                     {stamp(view.booted)}",
        f"    Uptime                         {days} days, {rest // 3600} hours, {rest // 60 % 60} minutes",
        "    Last reboot reason             Router rebooted after a normal shutdown.",
        "    Load averages:                 1 minute   5 minute  15 minute",
        f"                                       {now / 40:.2f}       {one / 40:.2f}       {five / 40:.2f}",
    ]


def system_memory(view: View) -> list[str]:
    """`show system memory`"""
    total, used = facts.memory_mb(view)
    lines = ["System memory usage distribution:"]
    for name, share in (("Total", total), ("Reserved", total // 40), ("Wired", used // 3), ("Active", used // 2)):
        lines.append(f"{name + ' memory:':>20} {share * 1024:8d} Kbytes ({share * 100 // total:3d}%)")
    free = total - used
    return [*lines, f"{'Free memory:':>20} {free * 1024:8d} Kbytes ({free * 100 // total:3d}%)"]


def ospf_routes(view: View) -> list[str]:
    """`show route protocol ospf`"""
    found = facts.routes(view)
    count = len(found) + len(view.device.ports) + 1
    lines = [
        "",
        f"inet.0: {count} destinations, {count} routes ({count} active, 0 holddown, 0 hidden)",
        "+ = Active Route, - = Last Active, * = Both",
        "",
    ]
    for route in found:
        age = facts.short_age(route.age_s)
        lines.append(f"{route.prefix:<18} *[OSPF/10] {age}, metric {route.cost}")
        lines.append(f"                    >  to {route.via.peer_address} via {route.via.name}.0")
    return [*lines, ""]


def ospf_neighbours(view: View) -> list[str]:
    """`show ospf neighbor`"""
    roll = view.device.dice("dead time")
    lines = ["Address          Interface              State           ID               Pri  Dead"]
    for port, peer in facts.ospf_neighbours(view):
        dead = roll.randrange(30, 40)
        lines.append(
            f"{port.peer_address:<16} {port.name + '.0':<22} Full            {peer.loopback:<16} 128    {dead}"
        )
    return lines


def ospf_database(view: View) -> list[str]:
    """`show ospf database`"""
    lines = ["", "    OSPF database, Area 0.0.0.0"]
    lines.append(" Type       ID               Adv Rtr           Seq      Age  Opt  Cksum  Len ")
    for state in facts.router_states(view):
        own = "*" if state.router == view.device.loopback else " "
        where = f"{own}{state.link_id:<16} {state.router:<16} 0x{state.sequence:08x}"
        lines.append(f"Router   {where}  {state.age_s:4d}  0x22 0x{state.checksum:04x} {24 + 12 * state.links:3d}")
    lines.append("    OSPF AS SCOPE link state database")
    lines.append(" Type       ID               Adv Rtr           Seq      Age  Opt  Cksum  Len ")
    for state in facts.external_states(view):
        where = f" {state.link_id:<16} {state.router:<16} 0x{state.sequence:08x}"
        lines.append(f"Extern   {where}  {state.age_s:4d}  0x22 0x{state.checksum:04x}  36")
    return lines


def ospf_interfaces(view: View) -> list[str]:
    """`show ospf interface`"""
    lines = ["Interface           State   Area            DR ID           BDR ID          Nbrs"]
    lines.append("lo0.0               DRother 0.0.0.0         0.0.0.0         0.0.0.0            0")
    for port, _ in facts.ospf_neighbours(view):
        lines.append(f"{port.name + '.0':<19} PtToPt  0.0.0.0         0.0.0.0         0.0.0.0            1")
    return lines


def lldp_neighbours(view: View) -> list[str]:
    """`show lldp neighbors`"""
    lines = ["Local Interface    Parent Interface    Chassis Id          Port info          System Name"]
    for port, peer in view.network.neighbours(view.device.name):
        roll = peer.dice("chassis")
        chassis = ":".join(f"{roll.randrange(256):02x}" for _ in range(6))
        lines.append(f"{port.name:<18} -                   {chassis:<19} {port.peer_port:<18} {peer.name}")
    return lines


def interfaces(view: View) -> list[str]:
    """`show interfaces terse`"""
    lines = ["Interface               Admin Link Proto    Local                 Remote"]
    for port in view.device.ports:
        lines.append(f"{port.name:<23} up    up")
        lines.append(f"{port.name + '.0':<23} up    up   inet     {port.address + '/31':<21}")
    for spare in range(len(view.device.ports), len(view.device.ports) + 4):
        lines.append(f"{f'xe-0/0/{spare}':<23} up    down")
    lines += ["em0                     up    up", "em0.0                   up    up   inet     128.0.0.1/2     "]
    return [
        *lines,
        "lo0                     up    up",
        f"lo0.0                   up    up   inet     {view.device.loopback}",
    ]


def alarms(view: View) -> list[str]:
    """`show chassis alarms`"""
    roll = view.device.dice("alarms")
    if roll.random() >= 0.2:
        return ["No alarms currently active"]
    since = view.began - timedelta(seconds=roll.randrange(900, 900_000))
    return [
        "1 alarms currently active",
        "Alarm time               Class  Description",
        f"{stamp(since)}  Major  PEM 1 Not OK",
    ]


def system_uptime(view: View) -> list[str]:
    """`show system uptime`"""
    days, rest = divmod(int(view.uptime.total_seconds()), 86_400)
    ago = facts.short_age(int(view.uptime.total_seconds()))
    started = view.booted + timedelta(seconds=150)
    load = ", ".join(f"{value / 40:.2f}" for value in facts.cpu(view))
    return [
        f"Current time: {stamp(view.at)}",
        "Time Source:  NTP CLOCK ",
        f"System booted: {stamp(view.booted)} ({ago} ago)",
        f"Protocols started: {stamp(started)} ({ago} ago)",
        f"Last configured: {stamp(started)} ({ago} ago) by netops",
        f"{view.at:%I:%M%p} up {days} days, {rest // 3600:2d}:{rest // 60 % 60:02d}, 1 user, load averages: {load}",
    ]


def hardware(view: View) -> list[str]:
    """`show chassis hardware`"""
    device = view.device
    roll = device.dice("hardware")
    lines = ["Hardware inventory:", "Item             Version  Part number  Serial number     Description"]
    lines.append(f"Chassis                                {device.serial:<17} {device.model.upper()}")
    for item, text in (("PEM 0", "PS 1.4-2.6kW; 90-264V AC in"), ("Routing Engine 0", "RE-S-X6"), ("FPC 0", "MPC")):
        part, serial = f"750-{roll.randrange(10**6):06d}", f"{roll.randrange(16**8):08X}"
        lines.append(f"{item:<16} REV {roll.randrange(1, 20):02d}   {part}   {serial:<17} {text}")
    return lines


def messages(view: View) -> list[str]:
    """`show log messages`"""
    roll = view.device.dice("logging")
    moment = view.began - timedelta(seconds=roll.randrange(60, 900))
    said = []
    for _ in range(12):
        port = roll.choice(view.device.ports).name if view.device.ports else "em0"
        text = roll.choice(
            (
                f"mib2d[5093]: SNMP_TRAP_LINK_UP: ifIndex {roll.randrange(500, 600)}, ifName {port}",
                f"rpd[5101]: RPD_OSPF_NBRUP: OSPF neighbor on {port}.0 state changed from Loading to Full",
                f"sshd[{roll.randrange(9_000, 60_000)}]: Accepted publickey for {view.user}",
            )
        )
        said.append(f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}  {view.device.name} {text}")
        moment -= timedelta(seconds=roll.randrange(30, 40_000))
    return said[::-1]


def stamp(at: datetime) -> str:
    """`2026-11-24 04:00:23 UTC`"""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


ANSWERS: dict[str, Callable[[View], list[str]]] = {
    "version": version,
    "cpu": routing_engine,
    "memory": system_memory,
    "ospf_routes": ospf_routes,
    "ospf_neighbours": ospf_neighbours,
    "ospf_database": ospf_database,
    "ospf_interfaces": ospf_interfaces,
    "lldp": lldp_neighbours,
    "interfaces": interfaces,
    "alarms": alarms,
    "uptime": system_uptime,
    "inventory": hardware,
    "logging": messages,
}
COMMANDS = (
    ("show version", "version"),
    ("show chassis routing-engine", "cpu"),
    ("show system memory", "memory"),
    ("show route protocol ospf", "ospf_routes"),
    ("show ospf neighbor", "ospf_neighbours"),
    ("show ospf database", "ospf_database"),
    ("show ospf interface", "ospf_interfaces"),
    ("show lldp neighbors", "lldp"),
    ("show interfaces terse", "interfaces"),
    ("show chassis alarms", "alarms"),
    ("show system alarms", "alarms"),
    ("show system uptime", "uptime"),
    ("show chassis hardware", "inventory"),
    ("show log messages", "logging"),
    ("set cli screen-length <word>", "length"),
    ("set cli screen-width <word>", "width"),
    ("set cli complete-on-space off", "completion"),
    ("exit", "exit"),
    ("quit", "exit"),
)
