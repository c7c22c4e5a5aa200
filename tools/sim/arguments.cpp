// SPDX-License-Identifier: MIT
#include "tools/sim/arguments.hpp"

#include "schema/base/number.hpp"

#include <iostream>
#include <optional>
#include <string_view>

namespace relaxd::tools::sim {

Result<Target> parse_listen(const std::string& uri, const std::string& where) {
    const std::string scheme = "tcp://";
    const auto colon = uri.rfind(':');
    const auto port = colon == std::string::npos || uri.rfind(scheme, 0) != 0 || colon <= 5
                          ? std::nullopt
                          : to_count(std::string_view(uri).substr(colon + 1));
    if (!port || *port > 65535) {
        return fail(
            Errc::invalid,
            "'" + uri + "' is not tcp://ADDRESS:PORT",
            where,
            "write tcp://127.0.0.1:0"
        );
    }
    Target target;
    target.address = uri.substr(scheme.size(), colon - scheme.size());
    target.port = static_cast<std::uint16_t>(*port);
    return target;
}

Result<std::uint64_t> seed_of(const Arguments& arguments) {
    if (const auto seed = to_count(arguments.seed)) {
        return *seed;
    }
    return fail(
        Errc::invalid,
        "'" + arguments.seed + "' is not a whole number from 0 to 18446744073709551615",
        "--seed"
    );
}

int complain(int code, const std::string& sentence) {
    std::cerr << "relaxsim: " << sentence << '\n';
    return code;
}

int complain(const Error& error) {
    const bool is_usage = error.code == Errc::invalid || error.code == Errc::not_found;
    return complain(is_usage ? exit_usage : exit_other, error.sentence());
}

}  // namespace relaxd::tools::sim
