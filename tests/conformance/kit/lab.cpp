// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/lab.hpp"

#include "schema/base/number.hpp"

namespace relaxd::test::kit {

// --- the laboratory

Lab::Lab(
    const Subject& subject,
    Carrier carrier,
    const ChaosPlan& plan,
    const UnitOptions& unit_options,
    const DriverOptions& driver_options
)
    : about(subject),
      bench(carrier),
      method(parsed(subject.method)),
      long_method(parsed(subject.long_method)),
      specimen(small_bar()) {
    unit = subject.unit(unit_options);
    UnitOptions as_other = unit_options;
    as_other.serial = "UNIT-B";
    other = subject.unit(as_other);
    const auto executor = bench.io.get_executor();
    unit_host_ = std::make_unique<DeviceHost>(executor, bench.timing(), *unit.device);
    other_host_ = std::make_unique<DeviceHost>(executor, bench.timing(), *other.device);
    proxy = std::make_shared<ChaosProxy>(
        executor, bench.timing(), plan, unit_host_->make_opener(), other_host_->make_opener()
    );
    auto way = way_through(*proxy, bench, carrier, subject.serial_query);
    instrument = subject.make(executor, std::move(way), bench.timing(), driver_options);
    REQUIRE(instrument != nullptr);
}

Lab::~Lab() {
    instrument.reset();
    proxy->close();
    unit_host_->stop();
    other_host_->stop();
    CHECK(bench.comes_to_rest());
}

void Lab::to_running(const std::string& token) {
    ok(instrument->open());
    ok(instrument->load(long_method, specimen, token));
    ok(instrument->start());
}

std::vector<std::string> Lab::commands_to(bool is_other) const {
    std::vector<std::string> found;
    for (const Heard& heard : proxy->heard()) {
        if (heard.by_other == is_other && about.is_command(heard.line)) {
            found.push_back(heard.line);
        }
    }
    return found;
}

// --- what goes in

method::Method parsed(const std::string& toml) {
    auto method = method::parse(toml);
    INFO((method ? std::string() : method.error().sentence()));
    REQUIRE(method.has_value());
    return *method;
}

record::Specimen small_bar() {
    record::Specimen s;
    s.name = "bar";
    s.length_m = 0.0175;
    s.width_m = 0.003;
    s.thickness_m = 0.001;
    s.poisson_ratio = 0.35;
    return s;
}

// --- what comes out

namespace {

/// The text under a key of a line of JSON without nesting before it; empty: no such key.
std::string text_under(const std::string& line, const std::string& key) {
    const std::string marked = "\"" + key + "\":";
    const auto at = line.find(marked);
    if (at == std::string::npos) {
        return {};
    }
    const auto begin = at + marked.size();
    return line.substr(begin, line.find_first_of(",}", begin) - begin);
}

}  // namespace

void check_recorded(const std::string& line, const record::Reading& reading) {
    INFO(line);
    const std::string own = line.substr(0, line.find("\"truth\""));
    REQUIRE(to_double(text_under(own, "reading_number")) == static_cast<double>(reading.number));
    REQUIRE(to_double(text_under(own, "time_s")) == reading.time_s);
    REQUIRE(to_double(text_under(own, "segment")) == static_cast<double>(reading.segment));
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        const auto channel = static_cast<record::Channel>(i);
        const std::string text = text_under(own, std::string(record::to_name(channel)));
        INFO(record::to_name(channel));
        const std::optional<double> delivered = reading.values.get(channel);
        if (text == "null") {
            REQUIRE_FALSE(delivered.has_value());
        } else if (!text.empty()) {  // what the driver computes besides is not recorded
            REQUIRE(delivered == to_double(text));
        }
    }
}

void check_whole(
    const std::vector<std::string>& record, const std::vector<record::Reading>& readings
) {
    REQUIRE(readings.size() == record.size());
    for (std::size_t i = 0; i < readings.size(); ++i) {
        REQUIRE(readings[i].number == i + 1);
        check_recorded(record[i], readings[i]);
    }
}

}  // namespace relaxd::test::kit
