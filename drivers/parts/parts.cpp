// SPDX-License-Identifier: MIT
//
// The table of devices. A new one: an entry at the end of `entries`, in the order of the names.
#include "drivers/parts/parts.hpp"

#include "drivers/link/link.hpp"
#include "drivers/link/uri.hpp"
#include "drivers/parts/eurotherm/dialect.hpp"
#include "drivers/parts/keysight_33500/dialect.hpp"
#include "drivers/parts/labjack_t7/labjack_t7.hpp"
#include "drivers/parts/lake_shore/dialect.hpp"
#include "drivers/parts/mks/dialect.hpp"
#include "drivers/parts/pfeiffer_tpg/dialect.hpp"
#include "drivers/parts/polled/polled_part.hpp"
#include "drivers/parts/solartron/dialect.hpp"
#include "drivers/parts/sr830/dialect.hpp"
#include "drivers/parts/sr86x/dialect.hpp"
#include "schema/base/nearest.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace relaxd::drivers::parts {

namespace {

using Options = std::map<std::string, std::string>;
using Words = std::vector<std::string>;
using OpenerPtr = std::unique_ptr<link::Opener>;

/// Of a device that is asked one thing at a time: what it speaks.
using MakeDialect = Result<std::unique_ptr<Dialect>> (*)(const Options& options);
/// Of a device that is a Part of its own (it streams): checks the options …
using CheckOptions = Result<void> (*)(const Options& options);
/// … and makes it; they were checked.
using MakePart =
    MadePart (*)(const PartConfig&, boost::asio::any_io_executor, OpenerPtr, link::Timing&);

struct Entry {
    Entry(Device what, MakeDialect of_dialect) : device(std::move(what)), dialect(of_dialect) {}
    Entry(Device what, CheckOptions of_options, MakePart of_part)
        : device(std::move(what)), check(of_options), part(of_part) {}

    Device device;
    MakeDialect dialect = nullptr;
    CheckOptions check = nullptr;
    MakePart part = nullptr;
};

Device device(const char* name, const char* title, Words options, Words unproven) {
    Device out;
    out.name = name;
    out.title = title;
    out.options = std::move(options);
    out.unproven = std::move(unproven);
    return out;
}

Result<void> check_labjack_t7(const Options& options) {
    const Result<labjack_t7::Settings> settings = labjack_t7::parse_settings(options);
    return settings ? Result<void>() : fail(settings.error());
}

MadePart make_labjack_t7(
    const PartConfig& config,
    boost::asio::any_io_executor executor,
    OpenerPtr way,
    link::Timing& timing
) {
    auto t7 = std::make_unique<labjack_t7::LabJackT7>(
        std::move(executor),
        std::move(way),
        timing,
        labjack_t7::parse_settings(config.options).value_or(labjack_t7::Settings()),
        config.serial_number
    );
    MadePart made;
    made.digitiser = t7.get();
    made.part = std::move(t7);
    return made;
}

/// Each: device(name, title, options, unproven), and what makes it.
const std::vector<Entry>& electronics() {
    static const std::vector<Entry> table{
        Entry(
            device(
                "keysight_33500",
                "Keysight (Agilent) 33500 function generator",
                {"channel", "load"},
                {"least amplitude, highest frequency and digits of a voltage",
                 "the phase at a change of frequency"}
            ),
            &keysight_33500::make_dialect
        ),
        Entry(
            device(
                "labjack_t7",
                "LabJack T7 digitiser",
                {"range_V", "resolution", "settling_us", "stream_resolution", "watchdog_s"},
                {"the place of lost scans in a stream (one scan of 0xFFFF, counted with them)",
                 "what follows the samples in a reply of the stream",
                 "the time between the inputs of one scan",
                 "-9999 for an input without a value",
                 "outputs read back what was written"}
            ),
            &check_labjack_t7,
            &make_labjack_t7
        ),
        Entry(
            device(
                "solartron",
                "Solartron 1250, 1255B or 1260 frequency-response analyser",
                {"model", "source", "terminator"},
                {"the GPIB adapter that hands results on by itself",
                 "the error digit of an overload",
                 "how SO? and CV? are answered",
                 "that the integration time is rounded up to whole cycles",
                 "the 1250: its name, amplitude, limits, and how it answers queries"}
            ),
            &solartron::make_dialect
        ),
        Entry(
            device(
                "sr830",
                "SRS SR830 lock-in amplifier",
                {"input", "reference", "source", "trigger"},
                {"full scale is the last number before an overload is told",
                 "what it keeps when its power is lost"}
            ),
            &sr830::make_dialect
        ),
        Entry(
            device(
                "sr86x",
                "SRS SR860, SR865 or SR865A lock-in amplifier",
                {"input", "reference", "source"},
                {"that TCP port 23 neither greets nor echoes",
                 "that its status bits stay set until they are read",
                 "the load and the sockets for which its amplitude holds",
                 "that its numbers do not depend on its sensitivity"}
            ),
            &sr86x::make_dialect
        ),
    };
    return table;
}

/// Temperature controllers and vacuum gauges; as above.
const std::vector<Entry>& climate() {
    static const std::vector<Entry> table{
        Entry(
            device(
                "eurotherm",
                "Eurotherm 2200, 2400 or 3200 controller, or nanodac",
                {"address",
                 "channel",
                 "decimals",
                 "highest_K",
                 "lowest_K",
                 "numbers",
                 "rate_unit",
                 "series",
                 "set_point",
                 "unit",
                 "wire"},
                {"the unit of a 2200's rate limit",
                 "registers 516, 525 and 629 of a 3200",
                 "the form of the status word in EI-Bisynch",
                 "the exception of a write to a read-only parameter"}
            ),
            &eurotherm::make_dialect
        ),
        Entry(
            device(
                "lake_shore",
                "Lake Shore 335, 336 or 350 temperature controller",
                {"channel", "check_loop", "highest_K", "lowest_K", "output", "range"},
                {"the order of the fields of INTYPE? and OUTMODE?",
                 "the heater ranges of a 336",
                 "which outputs answer HTR? and which AOUT?",
                 "what SETP? shows during a ramp"}
            ),
            &lake_shore::make_dialect
        ),
        Entry(
            device(
                "mks",
                "MKS 937B gauge controller or 900-series transducer",
                {"address", "channel"},
                {"the words that stand instead of a pressure",
                 "that a 937B answers MD? and FV? with NAK where it does not know them"}
            ),
            &mks::make_dialect
        ),
        Entry(
            device(
                "pfeiffer_tpg",
                "Pfeiffer TPG 261 or 262 gauge controller",
                {"channel", "enquiry"},
                {"the codes of UNI on a TPG 26x",
                 "that it sends by itself after power-on",
                 "that ETX ends that"}
            ),
            &pfeiffer_tpg::make_dialect
        ),
    };
    return table;
}

const std::vector<Entry>& entries() {
    static const std::vector<Entry> table = [] {
        std::vector<Entry> all = electronics();
        all.insert(all.end(), climate().begin(), climate().end());
        return all;
    }();
    return table;
}

std::string place(const PartConfig& config) {
    return "part '" + config.name + "'";
}

Result<const Entry*> find_entry(const PartConfig& config) {
    std::vector<std::string_view> names;
    for (const Entry& entry : entries()) {
        if (entry.device.name == config.device) {
            return &entry;
        }
        names.push_back(entry.device.name);
    }
    std::string hint;
    if (!names.empty()) {
        hint = "did you mean '" + std::string(nearest(config.device, names)) + "'? known are " +
               joined(names);
    }
    return fail(
        Errc::invalid,
        "there is no device '" + config.device + "'",
        place(config) + ", device",
        std::move(hint)
    );
}

Result<void> check_options(const PartConfig& config, const Device& known) {
    for (const auto& [key, value] : config.options) {
        if (std::ranges::find(known.options, key) != known.options.end()) {
            continue;
        }
        const std::vector<std::string_view> names(known.options.begin(), known.options.end());
        return fail(
            Errc::invalid,
            "device '" + known.name + "' has no option '" + key + "'",
            place(config) + ", options",
            names.empty() ? "it has none"
                          : "did you mean '" + std::string(nearest(key, names)) + "'? known are " +
                                joined(names)
        );
    }
    return {};
}

Result<link::Uri> check_uri(const PartConfig& config) {
    const std::string where = place(config) + ", uri '" + config.uri + "'";
    Result<link::Uri> uri = link::parse_uri(config.uri);
    if (!uri) {
        Error error = uri.error();
        error.where = where;
        return fail(std::move(error));
    }
    if (uri->transport == link::Transport::folder) {
        return fail(
            Errc::invalid,
            "a part is on a link, not in a folder",
            where,
            "write it like tcp://192.168.1.20:5025 or serial:///dev/serial/by-id/…?baudrate=9600"
        );
    }
    return uri;
}

tl::unexpected<Error> of_option(const PartConfig& config, Error error) {
    const std::string where = place(config) + ", options";
    error.where = error.where.empty() ? where : where + ", " + error.where;
    return fail(std::move(error));
}

struct Checked {
    const Entry* entry = nullptr;
    link::Uri uri;
    std::unique_ptr<Dialect> dialect;  ///< Null where the device is a Part of its own.
    Checked() = default;
};

Result<Checked> check(const PartConfig& config) {
    const Result<const Entry*> entry = find_entry(config);
    if (!entry) {
        return fail(entry.error());
    }
    Checked out;
    out.entry = *entry;
    Result<link::Uri> uri = check_uri(config);
    if (!uri) {
        return fail(uri.error());
    }
    out.uri = std::move(*uri);
    if (const Result<void> known = check_options(config, out.entry->device); !known) {
        return fail(known.error());
    }
    if (out.entry->dialect == nullptr) {
        if (const Result<void> options = out.entry->check(config.options); !options) {
            return of_option(config, options.error());
        }
        return out;
    }
    Result<std::unique_ptr<Dialect>> dialect = out.entry->dialect(config.options);
    if (!dialect) {
        return of_option(config, dialect.error());
    }
    out.dialect = std::move(*dialect);
    return out;
}

}  // namespace

const std::vector<Device>& devices() {
    static const std::vector<Device> table = [] {
        std::vector<Device> out;
        for (const Entry& entry : entries()) {
            out.push_back(entry.device);
        }
        std::ranges::sort(out, {}, &Device::name);
        return out;
    }();
    return table;
}

Result<MadePart> make_part(
    const PartConfig& config,
    boost::asio::any_io_executor executor,
    link::Timing& timing,
    std::shared_ptr<link::TrafficSink> sink
) {
    Result<Checked> checked = check(config);
    if (!checked) {
        return fail(checked.error());
    }
    OpenerPtr way = link::traced(
        link::make_opener(executor, std::move(checked->uri), timing), std::move(sink), timing
    );
    if (checked->entry->part != nullptr) {
        return checked->entry->part(config, std::move(executor), std::move(way), timing);
    }
    MadePart made;
    made.part = std::make_unique<PolledPart>(
        std::move(executor),
        std::move(way),
        timing,
        std::move(checked->dialect),
        config.serial_number
    );
    return made;
}

Result<void> check_part(const PartConfig& config) {
    Result<Checked> checked = check(config);
    return checked ? Result<void>() : fail(checked.error());
}

}  // namespace relaxd::drivers::parts
