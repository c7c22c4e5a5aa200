// SPDX-License-Identifier: MIT
//
// `check METHOD`: what the daemon would say to this method, without an instrument being touched.
#include "drivers/link/ports.hpp"
#include "drivers/link/uri.hpp"
#include "schema/base/number.hpp"
#include "schema/method/method.hpp"
#include "tools/ctl/verbs.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace relaxd::ctl {

namespace {

/// What the daemon says of the method on this instrument: nothing is touched.
Result<Answer> ask_daemon(
    const Globals& globals,
    const std::string& method_text,
    const std::string& instrument,
    const std::string& specimen_file
) {
    json::object body;
    body["method"] = method_text;
    if (!specimen_file.empty()) {
        auto specimen = read_specimen(specimen_file);
        if (!specimen) {
            return fail(specimen.error());
        }
        body["specimen"] = std::move(*specimen);
    }
    const std::string route = "/api/v1/instruments/" + percent_encoded(instrument) + "/check";
    return ask(globals, "POST", route, json::serialize(body));
}

std::vector<std::string> forecast_in(const Answer& answer) {
    std::vector<std::string> sentences;
    const auto value = wire::parse(answer.body, "answer");
    const json::value* list =
        value && value->is_object() ? value->get_object().if_contains("forecast") : nullptr;
    if (list != nullptr && list->is_array()) {
        for (const json::value& one : list->get_array()) {
            sentences.emplace_back(one.is_string() ? std::string(one.get_string()) : "");
        }
    }
    return sentences;
}

constexpr std::size_t steps_shown = 60;

bool is_list(std::string_view name) {
    return name == "frequencies_Hz" || name == "amplitudes_m" || name == "strain_amplitudes";
}

/// Numbers as numbers, lists as lists, the operator's words as text.
json::value value_of(const std::string& name, const std::string& text) {
    if (!is_list(name)) {
        const auto number = name == "purge_gas" ? std::nullopt : to_double(text);
        return number ? json::value(*number) : json::value(text);
    }
    json::array list;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find(", ", from), text.size());
        list.emplace_back(to_double(std::string_view(text).substr(from, end - from)).value_or(0.0));
        from = end + 2;
    }
    return list;
}

void print_understood(const method::Method& method, const std::vector<method::Executed>& steps) {
    for (const auto& [name, value] : method::understood(method)) {
        print("  " + name + " = " + printable(value));
    }
    for (std::size_t i = 0; i < std::min(steps.size(), steps_shown); ++i) {
        const method::Executed& step = steps[i];
        const auto& written = method.segments[static_cast<std::size_t>(step.method_segment) - 1];
        const bool is_step = written.kind == method::SegmentKind::increment;
        print(
            "  segment " + std::to_string(step.number) + ": " + printable(step.segment.text) +
            (is_step ? " (to " + to_text(step.segment.temperature_K) + " K)" : std::string())
        );
    }
    if (steps.size() > steps_shown) {
        print("  … " + std::to_string(steps.size() - steps_shown) + " more; --json has them all");
    }
}

/// As the daemon answers to it: 400 `invalid_method`, exit 2.
int report_method(const Globals& globals, const Error& error) {
    return report(globals, error, exit_usage, "invalid_method");
}

}  // namespace

int check_method(
    const Globals& globals,
    const std::string& method_file,
    const std::string& instrument,
    const std::string& specimen_file
) {
    const auto text = read_file(method_file);
    if (!text) {
        return report(globals, text.error(), exit_other);
    }
    const auto method = method::parse(*text, method_file);
    if (!method) {
        return report_method(globals, method.error());
    }
    const auto steps = method::expand(*method);
    if (!steps) {
        return report_method(globals, steps.error());
    }
    std::vector<std::string> forecast;
    if (!instrument.empty()) {
        const auto answer = ask_daemon(globals, *text, instrument, specimen_file);
        if (!answer) {
            return report(globals, answer.error());
        }
        if (answer->status != 200) {
            return report_answer(globals, *answer, method_file);
        }
        forecast = forecast_in(*answer);
    }
    if (globals.json) {
        json::array segments;
        for (const auto& step : *steps) {
            json::object one;
            one["segment"] = step.number;
            one["text"] = step.segment.text;
            segments.push_back(std::move(one));
        }
        json::object body;
        body["valid"] = true;
        body["mode"] = method::to_word(method->mode);
        json::object said;
        for (const auto& [name, value] : method::understood(*method)) {
            said[name] = value_of(name, value);
        }
        body["understood"] = std::move(said);
        body["segments"] = std::move(segments);
        json::array sentences;
        for (const std::string& sentence : forecast) {
            sentences.emplace_back(sentence);
        }
        body["forecast"] = std::move(sentences);
        print_json(body);
        return exit_done;
    }
    print(
        method_file + ": valid, " + std::string(method::to_word(method->mode)) + ", " +
        std::to_string(steps->size()) + " segments to execute"
    );
    print_understood(*method, *steps);
    for (const std::string& sentence : forecast) {
        print("  forecast: " + printable(sentence));
    }
    return exit_done;
}

namespace {

/// A name that means the same port after a replug: by the adapter's serial number where that tells
/// it apart, else by its socket.
std::string name_to_configure(const drivers::link::Port& port) {
    const bool is_usb = port.transport == "usb";
    if (!port.by_id.empty() && (!is_usb || drivers::link::tells_apart(port.serial_number))) {
        return port.by_id;
    }
    return port.by_path.empty() ? port.path : port.by_path;
}

}  // namespace

int list_ports(const Globals& globals) {
    const auto ports = drivers::link::list_ports();
    if (!ports) {
        return report(globals, ports.error());
    }
    json::array list;
    std::vector<std::vector<std::string>> rows;
    for (const auto& port : *ports) {
        const auto hex = [](int number) {
            std::array<char, 16> text{};
            static_cast<void>(
                std::snprintf(text.data(), text.size(), "%04x", static_cast<unsigned>(number))
            );
            return std::string(text.data());
        };
        const auto or_null = [](const std::string& part) {
            return part.empty() ? json::value(nullptr) : json::value(part);
        };
        const bool is_usb = port.usb_vendor != 0;
        json::object one;
        one["path"] = port.path;
        one["by_id"] = or_null(port.by_id);
        one["by_path"] = or_null(port.by_path);
        one["description"] = or_null(port.description);
        one["transport"] = or_null(port.transport);
        one["usb_vendor"] = is_usb ? json::value(hex(port.usb_vendor)) : json::value(nullptr);
        one["usb_product"] = is_usb ? json::value(hex(port.usb_product)) : json::value(nullptr);
        one["manufacturer"] = or_null(port.manufacturer);
        one["product"] = or_null(port.product);
        one["serial_number"] = or_null(port.serial_number);
        list.push_back(std::move(one));
        rows.push_back(
            {port.path,
             is_usb ? hex(port.usb_vendor) + ":" + hex(port.usb_product) : port.transport,
             printable(port.serial_number.empty() ? "-" : port.serial_number),
             "serial://" + name_to_configure(port) + "?baudrate=115200"}
        );
    }
    if (globals.json) {
        json::object body;
        body["ports"] = std::move(list);
        print_json(body);
    } else if (rows.empty()) {
        print("no serial ports");
    } else {
        print_table({"port", "identity", "serial number", "uri to configure"}, rows);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
