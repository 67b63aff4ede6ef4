"""What a simulated IOS XR router prints."""

from collections.abc import Callable
from datetime import timedelta

from paceline.demo.answers import facts
from paceline.demo.answers.facts import View


def version(view: View) -> list[str]:
    """`show version`"""
    device = view.device
    return [
        f"Cisco IOS XR Software, Version {device.release}",
        "Copyright (c) 2013-2023 by Cisco Systems, Inc.",
        "",
        "Build Information:",
        " Built By     : builder",
        " Built On     : Wed Mar  8 10:21:07 UTC 2023",
        " Build Host   : build-07",
        " Workspace    : /auto/workspace",
        f" Version      : {device.release}",
        " Location     : /opt/cisco/XR/packages/",
        " Label        : " + device.release,
        "",
        f"cisco {device.model} () processor",
        f"System uptime is {facts.span(view.uptime)}",
    ]


def processes_cpu(view: View) -> list[str]:
    """`show processes cpu`"""
    now, one, five = facts.cpu(view)
    roll = view.device.dice("processes")
    names = (
        "kernel",
        "wdsysmon",
        "netio",
        "ospf",
        "bgp",
        "rib_mgr",
        "fib_mgr",
        "ipv4_rib",
        "snmpd",
        "ssh_server",
        "cdp",
    )
    lines = [
        "---- node0_RP0_CPU0 ----",
        "",
        f"CPU utilization for one minute: {now}%; five minutes: {one}%; fifteen minutes: {five}%",
        "",
        "PID    1Min    5Min    15Min Process",
    ]
    for number, name in enumerate(names):
        load = roll.randrange(0, max(2, one // 3))
        lines.append(f"{1 + number * 137:<6} {load:3d}%    {load:3d}%     {load:3d}% {name}")
    return lines


def processes_memory(view: View) -> list[str]:
    """`show processes memory`"""
    roll = view.device.dice("process memory")
    lines = ["---- node0_RP0_CPU0 ----", "", "JID        Text(KB)   Data(KB)  Stack(KB) Dynamic(KB) Process"]
    lines.append("---------- ---------- ---------- ---------- ----------- ------------------------------")
    for name in ("bgp", "ospf", "rib_mgr", "fib_mgr", "ipv4_rib", "ifmgr", "netio", "snmpd", "parser_server", "cdp"):
        jid, text, data = roll.randrange(100, 1_300), roll.randrange(40, 3_000), roll.randrange(200_000, 1_500_000)
        lines.append(f"{jid:<10} {text:10d} {data:10d} {136:10d} {roll.randrange(900, 90_000):11d} {name}")
    return lines


def memory_summary(view: View) -> list[str]:
    """`show memory summary`"""
    total, used = facts.memory_mb(view)
    return [
        "node:      node0_RP0_CPU0",
        "------------------------------------------------------------------",
        "",
        f"Physical Memory: {total}M total ({total - used}M available)",
        f" Application Memory : {total}M ({total - used}M available)",
        " Image: 4M (bootram: 0M)",
        " Reserved: 0M, IOMem: 0M, flashfsys: 0M",
        f" Total shared window: {used // 40}M",
    ]


def ospf_routes(view: View) -> list[str]:
    """`show route ospf`"""
    lines = [""]
    for route in facts.routes(view):
        age = facts.short_age(route.age_s)
        lines.append(f"O    {route.prefix} [110/{route.cost}] via {route.via.peer_address}, {age}, {route.via.name}")
    return lines


def ospf_neighbours(view: View) -> list[str]:
    """`show ospf neighbor`"""
    found = facts.ospf_neighbours(view)
    roll = view.device.dice("dead time")
    lines = [
        "* Indicates MADJ interface",
        "# Indicates Neighbor awaiting BFD session up",
        "",
        "Neighbors for OSPF 100",
        "",
        "Neighbor ID     Pri   State           Dead Time   Address         Interface",
    ]
    for port, peer in found:
        dead = f"00:00:{roll.randrange(30, 40)}"
        lines.append(f"{peer.loopback:<15} 1     FULL/  -        {dead}    {port.peer_address:<15} {port.name}")
        lines.append(f"    Neighbor is up for {facts.short_age(roll.randrange(90_000, 9_000_000))}")
    return [*lines, "", f"Total neighbor count: {len(found)}"]


def ospf_database(view: View) -> list[str]:
    """`show ospf database`"""
    lines = [
        "",
        f"            OSPF Router with ID ({view.device.loopback}) (Process ID 100)",
        "",
        "                Router Link States (Area 0)",
        "",
        "Link ID         ADV Router      Age         Seq#       Checksum Link count",
    ]
    for state in facts.router_states(view):
        ends = f"0x{state.sequence:08x} 0x{state.checksum:06x} {state.links}"
        lines.append(f"{state.link_id:<15} {state.router:<15} {state.age_s:<11} {ends}")
    lines += ["", "                Type-5 AS External Link States", ""]
    lines.append("Link ID         ADV Router      Age         Seq#       Checksum Tag")
    for state in facts.external_states(view):
        ends = f"0x{state.sequence:08x} 0x{state.checksum:06x} 0"
        lines.append(f"{state.link_id:<15} {state.router:<15} {state.age_s:<11} {ends}")
    return lines


def ospf_interfaces(view: View) -> list[str]:
    """`show ospf interface brief`"""
    lines = [
        "* Indicates MADJ interface, (P) Indicates fast detect hold down state",
        "",
        "Interfaces for OSPF 100",
        "",
        "Interface          PID   Area            IP Address/Mask    Cost  State Nbrs F/C",
        f"Lo0                100   0               {view.device.loopback + '/32':<18} 1     LOOP  0/0",
    ]
    for port, _ in facts.ospf_neighbours(view):
        short = port.name.replace("TenGigE", "Te")
        lines.append(f"{short:<18} 100   0               {port.address + '/31':<18} {port.cost:<5} P2P   1/1")
    return lines


def cdp_neighbours(view: View) -> list[str]:
    """`show cdp neighbors`"""
    lines = [
        "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge",
        "                  S - Switch, H - Host, I - IGMP, r - Repeater",
        "",
        "Device ID       Local Intrfce    Holdtme Capability Platform  Port ID",
    ]
    roll = view.device.dice("cdp")
    for port, peer in view.network.neighbours(view.device.name):
        local, remote = port.name.replace("TenGigE", "Te"), port.peer_port.replace("TenGigE", "Te")
        lines.append(
            f"{peer.name:<15} {local:<16} {roll.randrange(120, 180):<7} R          {peer.model[:9]:<9} {remote}"
        )
    return lines


def lldp_neighbours(view: View) -> list[str]:
    """`show lldp neighbors`"""
    found = view.network.neighbours(view.device.name)
    lines = [
        "Capability codes:",
        "        (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
        "        (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
        "",
        "Device ID       Local Intf          Hold-time  Capability      Port ID",
    ]
    lines += [f"{peer.name:<15} {port.name:<19} 120        R               {port.peer_port}" for port, peer in found]
    return [*lines, "", f"Total entries displayed: {len(found)}", ""]


def interfaces(view: View) -> list[str]:
    """`show interfaces brief`"""
    lines = [
        "",
        "               Intf       Intf        LineP              Encap  MTU        BW",
        "               Name       State       State               Type (byte)    (Kbps)",
        "--------------------------------------------------------------------------------",
        "                Lo0          up          up           Loopback  1500          0",
        "                Nu0          up          up               Null  1500          0",
    ]
    names = [port.name.replace("TenGigE", "Te") for port in view.device.ports]
    lines += [f"{name:>19}          up          up               ARPA  9192   10000000" for name in names]
    spare = range(len(names), max(8, len(names) + 2))
    lines += [f"{f'Te0/0/0/{n}':>19}  admin-down  admin-down               ARPA  1514   10000000" for n in spare]
    return [*lines, "     Mg0/RP0/CPU0/0          up          up               ARPA  1514    1000000"]


def ip_interfaces(view: View) -> list[str]:
    """`show ip interface brief`"""
    lines = ["", f"{'Interface':<30} {'IP-Address':<15} {'Status':<15} {'Protocol':<8} Vrf-Name"]
    lines.append(f"{'Loopback0':<30} {view.device.loopback:<15} {'Up':<15} {'Up':<8} default")
    lines += [f"{port.name:<30} {port.address:<15} {'Up':<15} {'Up':<8} default" for port in view.device.ports]
    return lines


def platform(view: View) -> list[str]:
    """`show platform`"""
    lines = [
        "Node              Type                       State             Config state",
        "--------------------------------------------------------------------------------",
        "0/RP0/CPU0        A9K-RP5-SE(Active)         IOS XR RUN        NSHUT",
        "0/RP1/CPU0        A9K-RP5-SE(Standby)        IOS XR RUN        NSHUT",
    ]
    cards = view.device.dice("cards").randrange(1, 4)
    return lines + [
        f"0/{slot}/CPU0          A99-32X100GE-TR            IOS XR RUN        NSHUT" for slot in range(cards)
    ]


def inventory(view: View) -> list[str]:
    """`show inventory`"""
    device = view.device
    lines = []
    for place, text, part in (
        ("Rack 0", f"{device.model} chassis", device.model),
        ("0/RP0", "Route switch processor", "A9K-RP5-SE"),
        ("0/0", "32-port 100GE line card", "A99-32X100GE-TR"),
    ):
        serial = device.serial if place == "Rack 0" else f"{device.serial[:7]}{device.dice(place).randrange(16**4):04X}"
        lines += [f'NAME: "{place}", DESCR: "{text}"', f"PID: {part:<18}, VID: V02, SN: {serial}", ""]
    return lines


def alarms(view: View) -> list[str]:
    """`show alarms brief system active`"""
    lines = [
        "------------------------------------------------------------------------------------",
        "Active Alarms",
        "------------------------------------------------------------------------------------",
        "Location        Severity     Group            Set Time                   Description",
        "------------------------------------------------------------------------------------",
    ]
    if view.device.dice("alarms").random() < 0.2:
        since = view.began - timedelta(seconds=view.device.dice("alarm age").randrange(900, 900_000))
        lines.append(
            f"0/PM1           Major        Environ          {since:%m/%d/%Y %H:%M:%S} UTC    Power supply: no input"
        )
    return lines


def logging(view: View) -> list[str]:
    """`show logging`"""
    lines = ["Syslog logging: enabled (0 messages dropped, 0 flushes, 0 overruns)", ""]
    roll = view.device.dice("logging")
    moment = view.began - timedelta(seconds=roll.randrange(60, 900))
    said = []
    for _ in range(12):
        port = roll.choice(view.device.ports).name if view.device.ports else "MgmtEth0/RP0/CPU0/0"
        text = roll.choice(
            (
                f"ifmgr[255]: %PKT_INFRA-LINK-3-UPDOWN : Interface {port}, changed state to Up",
                f"ospf[1018]: %ROUTING-OSPF-5-ADJCHG : Process 100, Nbr on {port} from LOADING to FULL, Loading Done",
                f"SSHD_[65815]: %SECURITY-SSHD-6-INFO_SUCCESS : Successfully authenticated user '{view.user}'",
                "config[66012]: %MGBL-SYS-5-CONFIG_I : Configured from console by netops",
            )
        )
        said.append(
            f"RP/0/RP0/CPU0:{moment:%b} {moment.day:2d} {moment:%H:%M:%S}.{roll.randrange(1000):03d} UTC: {text}"
        )
        moment -= timedelta(seconds=roll.randrange(30, 40_000))
    return lines + said[::-1]


def clock(view: View) -> list[str]:
    """`show clock`"""
    at = view.at
    return [f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} UTC {at:%a %b} {at.day} {at.year}"]


ANSWERS: dict[str, Callable[[View], list[str]]] = {
    "version": version,
    "cpu": processes_cpu,
    "memory": processes_memory,
    "memory_summary": memory_summary,
    "ospf_routes": ospf_routes,
    "ospf_neighbours": ospf_neighbours,
    "ospf_database": ospf_database,
    "ospf_interfaces": ospf_interfaces,
    "cdp": cdp_neighbours,
    "lldp": lldp_neighbours,
    "interfaces": interfaces,
    "ip_interfaces": ip_interfaces,
    "platform": platform,
    "inventory": inventory,
    "alarms": alarms,
    "logging": logging,
    "clock": clock,
}
COMMANDS = (
    ("show version", "version"),
    ("show processes cpu", "cpu"),
    ("show processes memory", "memory"),
    ("show memory summary", "memory_summary"),
    ("show route ospf", "ospf_routes"),
    ("show ospf neighbor", "ospf_neighbours"),
    ("show ospf database", "ospf_database"),
    ("show ospf interface brief", "ospf_interfaces"),
    ("show cdp neighbors", "cdp"),
    ("show lldp neighbors", "lldp"),
    ("show interfaces brief", "interfaces"),
    ("show ip interface brief", "ip_interfaces"),
    ("show ipv4 interface brief", "ip_interfaces"),
    ("show platform", "platform"),
    ("show inventory", "inventory"),
    ("show alarms brief system active", "alarms"),
    ("show logging", "logging"),
    ("show clock", "clock"),
    ("terminal length <word>", "length"),
    ("terminal width <word>", "width"),
    ("terminal exec prompt no-timestamp", "no_timestamp"),
    ("exit", "exit"),
    ("quit", "exit"),
    ("logout", "exit"),
)
