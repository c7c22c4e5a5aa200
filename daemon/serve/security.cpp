// SPDX-License-Identifier: MIT
//
// Host, Origin and content-type rules, and the headers of every response.

#include "daemon/serve/security.hpp"

#include <algorithm>

namespace relaxd::daemon {

namespace {

/// A header's value with every byte that is not printable ASCII replaced, cut to 80.
std::string shown(std::string_view value) {
    std::string result;
    for (const char c : value.substr(0, 80)) {
        result.push_back(c >= 0x20 && c < 0x7F ? c : '?');
    }
    return result;
}

/// The media type without parameters, lower case, blanks trimmed.
std::string media_type(std::string_view content_type) {
    std::string_view bare = content_type.substr(0, content_type.find(';'));
    while (!bare.empty() && (bare.back() == ' ' || bare.back() == '\t')) {
        bare.remove_suffix(1);
    }
    return http::lower_case(bare);
}

Refusal make_refusal(
    unsigned status, std::string code, std::string message, std::string where, std::string hint
) {
    Refusal refusal;
    refusal.status = status;
    refusal.code = std::move(code);
    refusal.message = std::move(message);
    refusal.where = std::move(where);
    refusal.hint = std::move(hint);
    return refusal;
}

std::optional<Refusal> judge_host(const http::Request& request, const HostList& hosts) {
    const auto host = request.header("host");
    if (host && hosts.allows_host(*host)) {
        return std::nullopt;
    }
    return make_refusal(
        421,
        "misdirected",
        host ? "this daemon does not answer for host \"" + shown(*host) + "\""
             : "the request does not name exactly one host",
        "Host",
        "use http://127.0.0.1 or http://localhost with the daemon's port, or add the name to "
        "allowed_hosts"
    );
}

std::optional<Refusal> judge_origin(const http::Request& request, const HostList& hosts) {
    const auto refused = [](std::string_view value, std::string where) {
        return make_refusal(
            403,
            "cross_origin",
            "a page of another origin (" + shown(value) + ") may not do this",
            std::move(where),
            "open the page that the daemon itself serves"
        );
    };
    if (request.count("origin") > 0) {
        const auto origin = request.header("origin");
        if (!origin || !hosts.allows_origin(*origin)) {
            return refused(origin.value_or("several"), "Origin");
        }
    }
    if (request.count("sec-fetch-site") > 0) {
        const auto site = request.header("sec-fetch-site");
        if (site != "same-origin" && site != "none") {
            return refused(site.value_or("several"), "Sec-Fetch-Site");
        }
    }
    return std::nullopt;
}

std::optional<Refusal> judge_content(const http::Request& request) {
    if (request.count("content-type") == 0) {
        if (!request.announces_body()) {
            return std::nullopt;
        }
    } else {
        const auto type = request.header("content-type");
        if (type && media_type(*type) == "application/json") {
            return std::nullopt;
        }
    }
    return make_refusal(
        415,
        "unsupported_media_type",
        "a POST is taken as application/json only",
        "Content-Type",
        "send Content-Type: application/json, or an empty body without Content-Type"
    );
}

}  // namespace

HostList::HostList(
    std::string_view listen_address, std::uint16_t port, const std::vector<std::string>& more
) {
    std::vector<std::string> names{"127.0.0.1", "localhost", "[::1]"};
    const std::string address(listen_address);
    names.push_back(address.find(':') == std::string::npos ? address : "[" + address + "]");
    for (const std::string& name : names) {
        hosts_.push_back(http::lower_case(name) + ":" + std::to_string(port));
        if (port == 80) {
            hosts_.push_back(http::lower_case(name));
        }
    }
    for (const std::string& host : more) {
        hosts_.push_back(http::lower_case(host));
    }
}

bool HostList::allows_host(std::string_view host) const {
    return std::find(hosts_.begin(), hosts_.end(), http::lower_case(host)) != hosts_.end();
}

bool HostList::allows_origin(std::string_view origin) const {
    constexpr std::string_view scheme = "http://";
    const std::string lower = http::lower_case(origin);
    return lower.starts_with(scheme) && allows_host(std::string_view(lower).substr(scheme.size()));
}

std::optional<Refusal> judge(const http::Request& request, const HostList& hosts, bool is_stream) {
    if (auto refusal = judge_host(request, hosts)) {
        return refusal;
    }
    if (!request.target.starts_with('/')) {
        return make_refusal(
            400,
            "invalid",
            "the request target is not a path",
            shown(request.target),
            "send the path alone, for example GET /api/v1/status"
        );
    }
    if (request.method != "POST" && !is_stream) {
        return std::nullopt;
    }
    if (auto refusal = judge_origin(request, hosts)) {
        return refusal;
    }
    return request.method == "POST" ? judge_content(request) : std::nullopt;
}

bool is_loopback(std::string_view address) {
    if (address == "::1") {
        return true;
    }
    if (!address.starts_with("127.") || address.size() > 15) {
        return false;
    }
    return std::count(address.begin(), address.end(), '.') == 3 &&
           address.find_first_not_of("0123456789.") == std::string_view::npos;
}

void put_security_headers(http::HeaderList& headers) {
    constexpr std::pair<std::string_view, std::string_view> always[] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    };
    for (const auto& [name, value] : always) {
        static_cast<void>(headers.set(name, value));
    }
    if (!headers.find("Cache-Control")) {
        static_cast<void>(headers.set("Cache-Control", "no-store"));
    }
}

}  // namespace relaxd::daemon
