// SPDX-License-Identifier: MIT
#include "drivers/parts/polled/srs_lock_in.hpp"

#include "drivers/parts/polled/reply.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::drivers::parts {
namespace {

using link::Query;
using std::chrono::milliseconds;

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    while (true) {
        const std::size_t end = line.find(',');
        fields.push_back(line.substr(0, end));
        if (end == std::string_view::npos) {
            return fields;
        }
        line.remove_prefix(end + 1);
    }
}

std::string without(std::initializer_list<std::string_view> prefixes, std::string_view text) {
    for (const std::string_view prefix : prefixes) {
        if (text.starts_with(prefix)) {
            return std::string(text.substr(prefix.size()));
        }
    }
    return std::string(text);
}

bool is_snap(std::string_view frame, std::string_view end) {
    return srs_snap_of(frame, end).has_value();
}
bool is_name(std::string_view frame, std::string_view end) {
    return srs_name_of(frame, end).has_value();
}
bool is_number(std::string_view frame, std::string_view end) {
    return srs_number_of(frame, end).has_value();
}

PartValue value_of(const std::string& quantity, double number, std::string status = {}) {
    PartValue value;
    value.quantity = quantity;
    value.number = status.empty() ? number : record::unknown;
    value.status = std::move(status);
    return value;
}

Quantity measured(const char* name, const char* unit) {
    Quantity quantity;
    quantity.name = name;
    quantity.unit = unit;
    quantity.every_s = 0.1;  // some dozens of bytes each way at 9600 baud
    return quantity;
}

}  // namespace

std::optional<SrsSnap> srs_snap_of(std::string_view frame, std::string_view end) {
    const auto line = line_of(frame, end);
    const auto numbers = line ? numbers_in(*line, ',', 3) : std::nullopt;
    if (!numbers || (*numbers)[2] < 0.0) {
        return std::nullopt;
    }
    SrsSnap snap;
    snap.x_V = (*numbers)[0];
    snap.y_V = (*numbers)[1];
    snap.frequency_Hz = (*numbers)[2];
    return snap;
}

std::optional<SrsName> srs_name_of(std::string_view frame, std::string_view end) {
    const auto line = line_of(frame, end);
    const auto fields = line ? fields_of(*line) : std::vector<std::string_view>();
    const auto is_empty = [](std::string_view field) { return field.empty(); };
    if (fields.size() != 4 || std::ranges::any_of(fields, is_empty)) {
        return std::nullopt;
    }
    SrsName name;
    name.vendor = fields[0];
    name.model = fields[1];
    name.serial_number = without({"s/n"}, fields[2]);
    name.firmware = without({"ver", "v", "V"}, fields[3]);
    return name;
}

std::optional<double> srs_number_of(std::string_view frame, std::string_view end) {
    const auto line = line_of(frame, end);
    return line ? to_double(*line) : std::nullopt;
}

std::optional<unsigned> srs_count_of(std::string_view frame, std::string_view end, unsigned most) {
    const auto line = line_of(frame, end);
    const auto count = line && line->size() <= 5 ? to_count(*line) : std::nullopt;
    if (!count || *count > most) {
        return std::nullopt;
    }
    return static_cast<unsigned>(*count);
}

SrsSetting srs_setting(
    const char* quantity, const char* unit, const char* mnemonic, double lowest, double highest
) {
    SrsSetting one;
    one.quantity = quantity;
    one.unit = unit;
    one.mnemonic = mnemonic;
    one.lowest = lowest;
    one.highest = highest;
    return one;
}

SrsSetting srs_listed(
    const char* quantity, const char* unit, const char* mnemonic, std::span<const double> table
) {
    const double lowest = std::min(table.front(), table.back());
    const double highest = std::max(table.front(), table.back());
    SrsSetting one = srs_setting(quantity, unit, mnemonic, lowest, highest);
    one.table = table;
    return one;
}

Query SrsLockIn::question(const std::string& text, Fits fits) const {
    Query query(text + kind_.terminator);
    query.fits = [fits, end = kind_.terminator](std::string_view frame) {
        return fits(frame, end);
    };
    return query;
}

Query SrsLockIn::count_question(const std::string& text, unsigned most) const {
    Query query(text + kind_.terminator);
    query.fits = [most, end = kind_.terminator](std::string_view frame) {
        return srs_count_of(frame, end, most).has_value();
    };
    return query;
}

Query SrsLockIn::number_question(const std::string& text) const {
    return question(text, is_number);
}

Query SrsLockIn::command(const std::string& text) const {
    Query query(text + kind_.terminator);
    query.is_answered = false;
    return query;
}

Preparation SrsLockIn::must_be(
    std::string what, const std::string& ask, const std::string& write, unsigned place
) const {
    Preparation one;
    one.what = std::move(what);
    one.ask = count_question(ask, 255);
    one.is_so = [place, end = kind_.terminator](std::string_view reply) {
        return srs_count_of(reply, end, 255) == place;
    };
    one.writes.push_back(command(write));
    return one;
}

Preparation SrsLockIn::must_be(std::string what, const std::string& mnemonic, unsigned place)
    const {
    return must_be(std::move(what), mnemonic + "?", mnemonic + " " + std::to_string(place), place);
}

Preparation SrsLockIn::forget_old_status() const {
    Preparation one;
    one.what = "old status bits";
    one.writes.push_back(count_question("LIAS?", kind_.most_status));
    return one;
}

SafeState SrsLockIn::quiet(
    const std::vector<std::string>& commands,
    const std::vector<std::pair<std::string, double>>& limits
) const {
    SafeState safe;
    for (const std::string& text : commands) {
        safe.urgent += text + kind_.terminator;
        safe.writes.push_back(command(text));
    }
    for (const auto& [mnemonic, most] : limits) {
        safe.queries.push_back(number_question(mnemonic + "?"));
    }
    safe.is_safe = [limits, end = kind_.terminator](Replies replies) -> Result<void> {
        for (std::size_t i = 0; i < limits.size(); ++i) {
            const auto held =
                i < replies.size() ? srs_number_of(replies[i], end) : std::optional<double>();
            if (!held || std::abs(*held) > limits[i].second) {
                return fail(
                    Errc::corrupt,
                    "the sine output is not at its least: " + limits[i].first + " is more than " +
                        to_text(limits[i].second) + " V",
                    {},
                    "turn it down at the front panel, or pull its cable"
                );
            }
        }
        return {};
    };
    return safe;
}

link::ExchangeSettings SrsLockIn::exchange() const {
    link::ExchangeSettings settings;
    settings.framing = link::by_terminator(kind_.terminator);
    settings.gap = milliseconds(10);
    settings.deadlines.first_byte = milliseconds(400);
    settings.deadlines.between_bytes = milliseconds(200);
    settings.deadlines.overall = milliseconds(1000);
    settings.worst_latency = milliseconds(2000);
    settings.sentinel = question("*IDN?", is_name);
    return settings;
}

std::vector<Query> SrsLockIn::identify() {
    return {question("*IDN?", is_name)};
}

Result<Identity> SrsLockIn::identity(Replies replies) {
    const auto name =
        replies.empty() ? std::nullopt : srs_name_of(replies.front(), kind_.terminator);
    if (!name) {
        return fail(Errc::corrupt, "the reply to *IDN? is not understood");
    }
    if (std::ranges::find(kind_.models, name->model) == kind_.models.end()) {
        return fail(
            Errc::refused,
            "a " + name->model + " answers where an " + kind_.models.front() + " is configured",
            {},
            "nothing was set; check which cable leads where"
        );
    }
    Identity identity;
    identity.vendor = name->vendor;
    identity.model = name->model;
    identity.serial_number = name->serial_number;
    identity.firmware = name->firmware;
    identity.simulated = name->serial_number.starts_with("SIM");
    return identity;
}

std::vector<Quantity> SrsLockIn::quantities() const {
    std::vector<Quantity> all{measured("x_V", "V"), measured("y_V", "V")};
    if (!kind_.is_internal) {
        all.push_back(measured("frequency_Hz", "Hz"));
    }
    for (const SrsSetting& one : kind_.settings) {
        Quantity quantity;
        quantity.name = one.quantity;
        quantity.unit = one.unit;
        quantity.is_settable = true;
        quantity.lowest = one.lowest;
        quantity.highest = one.highest;
        quantity.resolution = one.resolution;
        all.push_back(std::move(quantity));
    }
    return all;
}

const SrsSetting* SrsLockIn::find(const std::string& quantity) const {
    const auto found = std::ranges::find(kind_.settings, quantity, &SrsSetting::quantity);
    return found == kind_.settings.end() ? nullptr : &*found;
}

Group SrsLockIn::group_of(const std::string& quantity) {
    Group group;
    if (const SrsSetting* setting = find(quantity)) {
        const std::string text = setting->mnemonic + "?";
        group.quantities = {quantity};
        group.queries = {
            setting->table.empty() ? number_question(text) : count_question(text, 255)
        };
        return group;
    }
    group.quantities = {"x_V", "y_V", "frequency_Hz"};
    if (!kind_.range.empty()) {
        group.queries.push_back(count_question(kind_.range, 255));
    }
    group.queries.push_back(question(kind_.snap, is_snap));
    // The status last: what happened up to the snapshot is in it.
    group.queries.push_back(count_question("LIAS?", kind_.most_status));
    return group;
}

Result<std::vector<PartValue>> SrsLockIn::decode(const Group& group, Replies replies) {
    if (replies.size() != group.queries.size()) {
        return fail(Errc::corrupt, "not every question was answered");
    }
    const std::string& first = group.quantities.front();
    const SrsSetting* setting = find(first);
    if (setting == nullptr || group.quantities.size() > 1) {
        return signal(replies);
    }
    if (!setting->table.empty()) {
        const auto place = srs_count_of(replies.front(), kind_.terminator, 255);
        if (!place || *place >= setting->table.size()) {
            return fail(Errc::corrupt, setting->mnemonic + "? was answered by what is in no table");
        }
        return std::vector{value_of(first, setting->table[*place])};
    }
    const auto number = srs_number_of(replies.front(), kind_.terminator);
    if (!number) {
        return fail(Errc::corrupt, setting->mnemonic + "? was not answered by a number");
    }
    return std::vector{value_of(first, *number / setting->device_per_SI)};
}

Result<std::vector<PartValue>> SrsLockIn::signal(Replies replies) const {
    const std::string& end = kind_.terminator;
    const bool has_range = !kind_.range.empty();
    const auto range = has_range ? srs_count_of(replies.front(), end, 255) : std::optional(0U);
    const auto snap = srs_snap_of(replies[has_range ? 1 : 0], end);
    const auto lias = srs_count_of(replies.back(), end, kind_.most_status);
    if (!range || !snap || !lias || (has_range && *range >= kind_.ranges.size())) {
        return fail(Errc::corrupt, "range, snapshot and status make no sense together");
    }
    std::string status = kind_.status_word(*lias);
    const double largest_V = std::max(std::abs(snap->x_V), std::abs(snap->y_V));
    if (status.empty() && has_range && largest_V >= kind_.ranges[*range]) {
        status = "out_of_range";  // at full scale it shows full scale, whatever the signal
    }
    const bool is_unlocked = (*lias & kind_.unlocked) != 0;
    return std::vector{
        value_of("x_V", snap->x_V, status),
        value_of("y_V", snap->y_V, status),
        value_of("frequency_Hz", snap->frequency_Hz, is_unlocked ? "unlocked" : "")
    };
}

Result<std::vector<Query>> SrsLockIn::write(const std::string& quantity, double value) {
    const SrsSetting* setting = find(quantity);
    if (setting == nullptr) {
        return fail(Errc::refused, quantity + " cannot be set", kind_.name);
    }
    if (setting->table.empty()) {
        if (setting->is_whole && value != std::floor(value)) {
            return fail(
                Errc::refused, quantity + " " + to_text(value) + " is no whole number", kind_.name
            );
        }
        return std::vector{
            command(setting->mnemonic + " " + to_text(value * setting->device_per_SI))
        };
    }
    const auto place = place_of(setting->table, value);
    if (!place) {
        std::string all;
        for (const double one : setting->table) {
            all += (all.empty() ? "" : ", ") + to_text(one);
        }
        return fail(
            Errc::refused,
            "the device has no " + quantity + " of " + to_text(value),
            kind_.name,
            "one of: " + all
        );
    }
    return std::vector{command(setting->mnemonic + " " + std::to_string(*place))};
}

bool SrsLockIn::is_as_set(const Quantity& quantity, double set, double read) const {
    const SrsSetting* setting = find(quantity.name);
    if (setting != nullptr && setting->wraps) {
        const double apart = std::remainder(set - read, 2.0 * std::numbers::pi);
        return std::abs(apart) <= quantity.resolution;
    }
    if (setting != nullptr && std::abs(set - read) <= setting->relative * std::abs(set)) {
        return true;
    }
    return is_within(quantity, set, read);
}

RebootCheck SrsLockIn::reboot_check() {
    RebootCheck check;
    check.queries = {count_question("*ESR?", 255)};
    check.has_rebooted = [end = kind_.terminator](Replies replies) -> Result<bool> {
        const auto status =
            replies.empty() ? std::nullopt : srs_count_of(replies.front(), end, 255);
        if (!status) {
            return fail(Errc::corrupt, "*ESR? was not answered by a status byte");
        }
        return (*status & srs_power_on) != 0;
    };
    return check;
}

}  // namespace relaxd::drivers::parts
