// SPDX-License-Identifier: MIT
#include "schema/protocol/wire.hpp"

namespace relaxd::protocol {

std::string on_wire(const LinkRules& link, std::string_view text, const std::string& terminator) {
    std::string line(text);
    if (link.checksum != Checksum::none) {
        const std::string over = link.covers_mark ? line + link.checksum_mark : line;
        line += link.checksum_mark;
        line += checksum_text(link.checksum, link.is_hex, over);
    }
    return line + terminator;
}

std::optional<std::string> off_wire(
    const LinkRules& link, std::string_view line, const std::string& terminator
) {
    if (!line.ends_with(terminator)) {
        return std::nullopt;
    }
    line.remove_suffix(terminator.size());
    const std::size_t behind =
        link.checksum_mark.size() + checksum_size(link.checksum, link.is_hex);
    if (link.checksum == Checksum::none) {
        return std::string(line);
    }
    if (line.size() < behind) {
        return std::nullopt;
    }
    std::string text(line.substr(0, line.size() - behind));
    if (on_wire(link, text, std::string()) != line) {
        return std::nullopt;
    }
    return text;
}

}  // namespace relaxd::protocol
