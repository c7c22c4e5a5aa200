// SPDX-License-Identifier: MIT
//
// Look-up in the generated table of embedded files, and their caching rules.

#include "daemon/serve/assets.hpp"

#include "daemon/serve/asset_table.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::daemon {

namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    const auto last = text.find_last_not_of(" \t");
    return text.substr(first, last - first + 1);
}

/// The part of a comma-separated list before the next comma; moves `rest` behind it.
std::string_view next_item(std::string_view& rest) {
    const auto comma = rest.find(',');
    const std::string_view item = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    return item;
}

/// True for "q=0", "q=0.0", "q=0.000".
bool is_zero_weight(std::string_view parameter) {
    const std::string_view bare = trimmed(parameter);
    return bare.starts_with("q=0") && bare.find_first_of("123456789") == std::string_view::npos;
}

bool matches(std::string_view if_none_match, std::string_view tag) {
    std::string_view rest = if_none_match;
    while (!rest.empty()) {
        std::string_view item = next_item(rest);
        if (item.starts_with("W/")) {
            item.remove_prefix(2);
        }
        if (item == "*" || item == tag) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<Asset> find_asset(std::string_view name) {
    const auto table = asset_table();
    const auto found = std::find_if(table.begin(), table.end(), [name](const Asset& asset) {
        return asset.name == name;
    });
    return found == table.end() ? std::nullopt : std::optional<Asset>(*found);
}

std::string page_build() {
    const auto index = find_asset("index.html");
    return index ? std::string(index->sha256.substr(0, 16)) : std::string();
}

bool accepts_gzip(const http::Request& request) {
    const auto header = request.header("accept-encoding");
    if (!header) {
        return false;
    }
    bool by_star = false;
    std::string_view rest = *header;
    while (!rest.empty()) {
        const std::string_view item = next_item(rest);
        const auto semicolon = item.find(';');
        const std::string coding = http::lower_case(trimmed(item.substr(0, semicolon)));
        const bool allowed =
            semicolon == std::string_view::npos || !is_zero_weight(item.substr(semicolon + 1));
        if (coding == "gzip") {
            return allowed;
        }
        by_star = by_star || (coding == "*" && allowed);
    }
    return by_star;
}

http::Response asset_response(const Asset& asset, const http::Request& request) {
    const bool zipped = !asset.gzip.empty() && accepts_gzip(request);
    const std::string tag = "\"" + std::string(asset.sha256) + (zipped ? "-gz\"" : "\"");
    const auto known = request.header("if-none-match");
    const bool is_known = known && matches(*known, tag);
    http::Response response(
        is_known ? 304 : 200,
        asset.mime,
        std::string(is_known ? std::string_view() : (zipped ? asset.gzip : asset.plain))
    );
    const std::pair<std::string_view, std::string_view> fields[] = {
        {"ETag", tag},
        {"Vary", "Accept-Encoding"},
        {"Cache-Control", asset.is_hashed ? "public, max-age=31536000, immutable" : "no-cache"},
    };
    for (const auto& [name, value] : fields) {
        static_cast<void>(response.headers.set(name, value));
    }
    if (zipped && !is_known) {
        static_cast<void>(response.headers.set("Content-Encoding", "gzip"));
    }
    return response;
}

}  // namespace relaxd::daemon
