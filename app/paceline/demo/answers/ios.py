"""What a simulated IOS router prints."""

from collections.abc import Callable
from datetime import timedelta

from paceline.demo.answers import facts
from paceline.demo.answers.facts import View


def version(view: View) -> list[str]:
    """`show version`"""
    device = view.device
    total, _ = facts.memory_mb(view)
    family = "1900" if "1941" in device.model else "2900"
    image = f"C{family} Software (C{family}-UNIVERSALK9-M)"
    return [
        f"Cisco IOS Software, {image}, Version {device.release}, RELEASE SOFTWARE (fc2)",
        "Technical Support: http://www.cisco.com/techsupport",
        "Copyright (c) 1986-2022 by Cisco Systems, Inc.",
        "",
        "ROM: System Bootstrap, Version 15.0(1r)M16, RELEASE SOFTWARE (fc1)",
        "",
        f"{device.name} uptime is {facts.span(view.uptime)}",
        "System returned to ROM by power-on",
        f"System restarted at {view.booted:%H:%M:%S} UTC {view.booted:%a %b} {view.booted.day} {view.booted.year}",
        f'System image file is "flash0:c{family}-universalk9-mz.SPA.bin"',
        "",
        f"Cisco {device.model} (revision 1.0) with {total * 960}K/{total * 64}K bytes of memory.",
        f"Processor board ID {device.serial}",
        f"{max(3, len(device.ports))} Gigabit Ethernet interfaces",
        "255K bytes of non-volatile configuration memory.",
        "",
        "Configuration register is 0x2102",
        "",
    ]


def processes_cpu(view: View) -> list[str]:
    """`show processes cpu`"""
    now, one, five = facts.cpu(view)
    roll = view.device.dice("processes")
    lines = [
        f"CPU utilization for five seconds: {now}%/{now // 4}%; one minute: {one}%; five minutes: {five}%",
        " PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY Process ",
    ]
    names = (
        "Chunk Manager",
        "Load Meter",
        "Exec",
        "ARP Input",
        "IP Input",
        "OSPF-1 Hello",
        "OSPF-1 Router",
        "CDP Protocol",
    )
    for number, name in enumerate(names, start=1):
        runtime, invoked = roll.randrange(0, 90_000), roll.randrange(1_000, 900_000)
        each = runtime * 1000 // invoked
        loads = "".join(f"{roll.randrange(0, 60) / 100:5.2f}% " for _ in range(3))
        lines.append(f"{number * 11:4d} {runtime:11d} {invoked:11d} {each:10d}  {loads}  0 {name} ")
    return lines


def processes_memory(view: View) -> list[str]:
    """`show processes memory`"""
    total, used = facts.memory_mb(view)
    held = used * 1_000_000
    roll = view.device.dice("process memory")
    lines = [
        f"Processor Pool Total: {total * 1_000_000:10d} Used: {held:10d} Free: {total * 1_000_000 - held:10d}",
        "",
        " PID TTY  Allocated      Freed    Holding    Getbufs    Retbufs Process",
    ]
    for number, name in enumerate(
        ("*Init*", "*Sched*", "*Dead*", "Chunk Manager", "IP Input", "OSPF-1 Router", "Exec")
    ):
        allocated = roll.randrange(10_000, 90_000_000)
        freed = allocated * roll.randrange(40, 95) // 100
        lines.append(
            f"{number * 7:4d}   0 {allocated:10d} {freed:10d} {allocated - freed:10d}          0          0 {name}"
        )
    return lines


def ospf_routes(view: View) -> list[str]:
    """`show ip route ospf`"""
    lines = [
        "Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP",
        "       O - OSPF, IA - OSPF inter area, N1 - OSPF NSSA external type 1",
        "",
        "Gateway of last resort is not set",
        "",
    ]
    for route in facts.routes(view):
        age = facts.short_age(route.age_s)
        lines.append(
            f"O        {route.prefix} [110/{route.cost}] via {route.via.peer_address}, {age}, {route.via.name}"
        )
    return lines


def ospf_neighbours(view: View) -> list[str]:
    """`show ip ospf neighbor`"""
    roll = view.device.dice("dead time")
    lines = ["", "Neighbor ID     Pri   State           Dead Time   Address         Interface"]
    for port, peer in facts.ospf_neighbours(view):
        dead = f"00:00:{roll.randrange(30, 40)}"
        lines.append(f"{peer.loopback:<15}   0   FULL/  -        {dead}    {port.peer_address:<15} {port.name}")
    return lines


def ospf_database(view: View) -> list[str]:
    """`show ip ospf database`"""
    lines = [
        "",
        f"            OSPF Router with ID ({view.device.loopback}) (Process ID 1)",
        "",
        "                Router Link States (Area 0)",
        "",
        "Link ID         ADV Router      Age         Seq#       Checksum Link count",
    ]
    for state in facts.router_states(view):
        ends = f"0x{state.sequence:08X} 0x{state.checksum:06X} {state.links}"
        lines.append(f"{state.link_id:<15} {state.router:<15} {state.age_s:<11} {ends}")
    lines += ["", "                Type-5 AS External Link States", ""]
    lines.append("Link ID         ADV Router      Age         Seq#       Checksum Tag")
    for state in facts.external_states(view):
        ends = f"0x{state.sequence:08X} 0x{state.checksum:06X} 0"
        lines.append(f"{state.link_id:<15} {state.router:<15} {state.age_s:<11} {ends}")
    return lines


def ospf_interfaces(view: View) -> list[str]:
    """`show ip ospf interface brief`"""
    lines = ["Interface    PID   Area            IP Address/Mask    Cost  State Nbrs F/C"]
    lines.append(f"Lo0          1     0               {view.device.loopback + '/32':<18} 1     LOOP  0/0")
    for port, _ in facts.ospf_neighbours(view):
        short = port.name.replace("GigabitEthernet", "Gi")
        lines.append(f"{short:<12} 1     0               {port.address + '/31':<18} {port.cost:<5} P2P   1/1")
    return lines


def cdp_neighbours(view: View) -> list[str]:
    """`show cdp neighbors`"""
    lines = [
        "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge",
        "                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone",
        "",
        "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID",
    ]
    roll = view.device.dice("cdp")
    found = view.network.neighbours(view.device.name)
    for port, peer in found:
        local = port.name.replace("GigabitEthernet", "Gig ")
        hold = roll.randrange(120, 180)
        lines.append(
            f"{peer.name:<16} {local:<17} {hold:<10} R           {peer.model[:9]:<9} {peer_port(port.peer_port)}"
        )
    return [*lines, "", f"Total cdp entries displayed : {len(found)}"]


def lldp_neighbours(view: View) -> list[str]:
    """`show lldp neighbors`"""
    found = view.network.neighbours(view.device.name)
    lines = ["Device ID           Local Intf     Hold-time  Capability      Port ID"]
    for port, peer in found:
        local = port.name.replace("GigabitEthernet", "Gi")
        lines.append(f"{peer.name:<19} {local:<14} 120        R               {peer_port(port.peer_port)}")
    return [*lines, "", f"Total entries displayed: {len(found)}", ""]


def peer_port(name: str) -> str:
    """A far end's port, shortened as tables of neighbours do."""
    return name.replace("GigabitEthernet", "Gig ").replace("TenGigE", "Ten ")


def interfaces(view: View) -> list[str]:
    """`show ip interface brief`"""
    lines = [f"{'Interface':<26} {'IP-Address':<15} OK? Method {'Status':<21} Protocol"]
    for port in view.device.ports:
        lines.append(f"{port.name:<26} {port.address:<15} YES NVRAM  {'up':<21} up      ")
    for spare in range(len(view.device.ports), max(3, len(view.device.ports) + 1)):
        name = f"GigabitEthernet0/{spare}"
        lines.append(f"{name:<26} {'unassigned':<15} YES NVRAM  {'administratively down':<21} down    ")
    return [*lines, f"{'Loopback0':<26} {view.device.loopback:<15} YES NVRAM  {'up':<21} up      "]


def inventory(view: View) -> list[str]:
    """`show inventory`"""
    device = view.device
    return [
        f'NAME: "{device.model} chassis", DESCR: "{device.model} chassis"',
        f"PID: {device.model:<18}, VID: V07 , SN: {device.serial}",
        "",
        'NAME: "Power Supply Unit 0", DESCR: "AC Power Supply"',
        f"PID: {'PWR-2921-51-AC':<18}, VID: V03 , SN: QCS{device.dice('psu').randrange(16**8):08X}",
        "",
    ]


def logging(view: View) -> list[str]:
    """`show logging`"""
    roll = view.device.dice("logging")
    lines = [
        "Syslog logging: enabled (0 messages dropped, 3 messages rate-limited, 0 flushes, 0 overruns)",
        "",
        "Log Buffer (16384 bytes):",
        "",
    ]
    moment = view.began - timedelta(seconds=roll.randrange(60, 900))
    said = []
    for _ in range(10):
        port = roll.choice(view.device.ports).name if view.device.ports else "GigabitEthernet0/0"
        text = roll.choice(
            (
                f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {port}, changed state to up",
                f"%OSPF-5-ADJCHG: Process 1, Nbr on {port} from LOADING to FULL, Loading Done",
                "%SYS-5-CONFIG_I: Configured from console by netops on vty0",
                f"%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: {view.user}]",
            )
        )
        said.append(f"*{moment:%b} {moment.day:2d} {moment:%H:%M:%S}.{roll.randrange(1000):03d}: {text}")
        moment -= timedelta(seconds=roll.randrange(30, 40_000))
    return lines + said[::-1]


def clock(view: View) -> list[str]:
    """`show clock`"""
    at = view.at
    return [f"*{at:%H:%M:%S}.{at.microsecond // 1000:03d} UTC {at:%a %b} {at.day} {at.year}"]


ANSWERS: dict[str, Callable[[View], list[str]]] = {
    "version": version,
    "cpu": processes_cpu,
    "memory": processes_memory,
    "ospf_routes": ospf_routes,
    "ospf_neighbours": ospf_neighbours,
    "ospf_database": ospf_database,
    "ospf_interfaces": ospf_interfaces,
    "cdp": cdp_neighbours,
    "lldp": lldp_neighbours,
    "interfaces": interfaces,
    "inventory": inventory,
    "logging": logging,
    "clock": clock,
}
COMMANDS = (
    ("show version", "version"),
    ("show processes cpu", "cpu"),
    ("show processes cpu sorted", "cpu"),
    ("show processes memory", "memory"),
    ("show ip route ospf", "ospf_routes"),
    ("show ip ospf neighbor", "ospf_neighbours"),
    ("show ip ospf database", "ospf_database"),
    ("show ip ospf interface brief", "ospf_interfaces"),
    ("show cdp neighbors", "cdp"),
    ("show lldp neighbors", "lldp"),
    ("show ip interface brief", "interfaces"),
    ("show inventory", "inventory"),
    ("show logging", "logging"),
    ("show clock", "clock"),
    ("terminal length <word>", "length"),
    ("terminal width <word>", "width"),
    ("enable", "nothing"),
    ("exit", "exit"),
    ("quit", "exit"),
    ("logout", "exit"),
)
