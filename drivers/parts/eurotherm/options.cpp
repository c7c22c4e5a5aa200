// SPDX-License-Identifier: MIT
#include "drivers/parts/eurotherm/options.hpp"

#include "drivers/parts/polled/reply.hpp"
#include "schema/base/number.hpp"

#include <array>

namespace relaxd::drivers::parts::eurotherm {

namespace {

using Given = std::map<std::string, std::string>;

constexpr int bisynch_addresses = 99;
constexpr int modbus_addresses = 254;

struct RateUnit {
    const char* word;
    double seconds;
};
constexpr std::array rate_units{
    RateUnit{"min", 60.0}, RateUnit{"s", 1.0}, RateUnit{"hour", 3600.0}
};

Result<void> read_words(const Given& given, Options& out) {
    const auto wire = chosen(given, "wire", {"modbus_rtu", "modbus_tcp", "ei_bisynch"});
    const auto series = chosen(given, "series", {"2400", "2200", "3200", "nanodac"});
    const auto unit = chosen(given, "unit", {"degC", "K"});
    const auto numbers = chosen(given, "numbers", {"ieee", "scaled"});
    const auto decimals = chosen(given, "decimals", {"1", "0", "2"});
    const auto set_point = chosen(given, "set_point", {"target", "remote"});
    const auto rate = chosen(given, "rate_unit", {"min", "s", "hour"});
    const auto channel = chosen(given, "channel", {"1"});
    for (const auto* one :
         {&wire, &series, &unit, &numbers, &decimals, &set_point, &rate, &channel}) {
        if (!*one) {
            return fail(one->error());
        }
    }
    out.wire = *wire == "modbus_rtu"   ? WireKind::rtu
               : *wire == "modbus_tcp" ? WireKind::tcp
                                       : WireKind::bisynch;
    for (const Series one : {Series::s2200, Series::s2400, Series::s3200, Series::nanodac}) {
        out.series = *series == to_word(one) ? one : out.series;
    }
    out.is_kelvin = *unit == "K";
    out.is_scaled = *numbers == "scaled";
    out.decimals = decimals->front() - '0';
    out.is_remote = *set_point == "remote";
    for (const RateUnit& one : rate_units) {
        if (*rate == one.word) {
            out.rate_unit = one.word;
            out.rate_unit_s = one.seconds;
        }
    }
    return {};
}

Result<void> read_address(const Given& given, Options& out) {
    const auto found = given.find("address");
    if (found == given.end()) {
        return {};
    }
    const int most = out.wire == WireKind::bisynch ? bisynch_addresses : modbus_addresses;
    const auto number = to_count(found->second);
    if (!number || *number < 1 || *number > static_cast<std::uint64_t>(most)) {
        return fail(
            Errc::invalid,
            "'" + found->second + "' is no address from 1 to " + std::to_string(most) +
                " on this wire",
            "address"
        );
    }
    out.address = static_cast<int>(*number);
    return {};
}

Result<void> read_limit(const Given& given, const std::string& key, double& out) {
    const auto found = given.find(key);
    if (found == given.end()) {
        return {};
    }
    const auto number = to_double(found->second);
    if (!number || *number < 0.0 || *number > 2000.0) {
        return fail(
            Errc::invalid, "'" + found->second + "' is no temperature from 0 to 2000 K", key
        );
    }
    out = *number;
    return {};
}

Result<void> check_together(const Options& options) {
    const bool has_bisynch = options.series == Series::s2200 || options.series == Series::s2400;
    if (options.wire == WireKind::bisynch && !has_bisynch) {
        return fail(
            Errc::invalid,
            "series " + std::string(to_word(options.series)) + " does not speak EI-Bisynch",
            "wire",
            "only series 2200 and 2400 do; use modbus_rtu or modbus_tcp"
        );
    }
    if (options.is_remote && options.series == Series::nanodac) {
        return fail(
            Errc::invalid, "no remote set point of a nanodac is known", "set_point", "use target"
        );
    }
    if (options.lowest_K >= options.highest_K) {
        return fail(Errc::invalid, "lowest_K is not below highest_K", "lowest_K");
    }
    return {};
}

}  // namespace

Result<Options> read_options(const Given& given) {
    Options out;
    Result<void> done = read_words(given, out);
    if (done) {
        done = read_address(given, out);
    }
    if (done) {
        done = read_limit(given, "lowest_K", out.lowest_K);
    }
    if (done) {
        done = read_limit(given, "highest_K", out.highest_K);
    }
    if (done) {
        done = check_together(out);
    }
    if (!done) {
        return fail(done.error());
    }
    return out;
}

}  // namespace relaxd::drivers::parts::eurotherm
