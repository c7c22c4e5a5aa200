# SPDX-License-Identifier: MIT
"""The geometry line and the geometry in force (docs/protocols/q800_class.md, section 3), as the host checks them."""

from q800_peer_line import is_number, pairs

UNKNOWN_GEOMETRY = "geometry length_m=- width_m=- thickness_m=- poisson_ratio=-"
NAMES = ("length_m", "width_m", "thickness_m", "poisson_ratio")


def check_in_force(peer, line, told):
    """What the host gave is in force unchanged; what it left absent is the instrument's own."""
    given = pairs(line.split(" "))
    for name in NAMES:
        if not peer.check(is_number(told.get(name, "")), "2 commit", f"{name}={told.get(name)} is no number"):
            continue
        value = float(told[name])
        if given[name] == "-":
            possible = -1 < value <= 0.5 if name == "poisson_ratio" else value > 0
            peer.check(possible, "3 geometry", f"the instrument's own {name} is {value}")
        else:
            wanted = float(given[name])
            peer.check(abs(value - wanted) <= 1e-9 * abs(wanted), "3 geometry", f"{name} is {value}, given was {wanted}")


def check_own_geometry(peer, head):
    """`-` is the number that is set at the instrument itself: the same one each time. `head`: mode, clamp, geometry …"""

    def download(token, geometry):
        return peer.download(token, head[:2] + [geometry] + head[3:] + ["segment equilibrate temperature_K=300"])

    own = download("geometry-1", UNKNOWN_GEOMETRY)
    mixed = download("geometry-2", "geometry length_m=- width_m=0.0031 thickness_m=- poisson_ratio=0.4")
    for name in ("length_m", "thickness_m"):
        peer.check(own.get(name) == mixed.get(name), "3 geometry", f"the own {name} is {own.get(name)}, then {mixed.get(name)}")
    peer.expect("safe")
    for wrong in ("geometry length_m=- width_m=-", "geometry length_m=? width_m=- thickness_m=- poisson_ratio=-"):
        peer.expect("method begin t 9")
        for number, line in enumerate(head[:2], 1):
            peer.expect(f"method line {number} {line}")
        peer.refuse(f"method line 3 {wrong}", ("method", "bad_argument", "limit"), "3 geometry")
