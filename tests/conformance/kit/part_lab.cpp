// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/part_lab.hpp"

#include "drivers/parts/polled/polled_part.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace relaxd::test::kit {

std::vector<std::string> part_names() {
    std::vector<std::string> names;
    for (const PartSubject& one : part_subjects()) {
        names.push_back(one.name);
    }
    return names;
}

const PartSubject& part_subject(const std::string& name) {
    const auto found = std::ranges::find(part_subjects(), name, &PartSubject::name);
    if (found == part_subjects().end()) {
        throw std::invalid_argument("no part '" + name + "' in tests/conformance/kit");
    }
    return *found;
}

std::function<MakePart> polled_part(
    Result<std::unique_ptr<drivers::parts::Dialect>> (*dialect)(
        const std::map<std::string, std::string>& options
    ),
    std::map<std::string, std::string> options,
    std::string serial
) {
    return [dialect, options = std::move(options), serial = std::move(serial)](
               const auto& executor, auto way, drivers::link::Timing& timing
           ) {
        auto spoken = dialect(options);
        if (!spoken) {
            throw std::invalid_argument(spoken.error().sentence());
        }
        return std::make_unique<drivers::parts::PolledPart>(
            executor, std::move(way), timing, std::move(*spoken), serial
        );
    };
}

namespace {

/// So many times faster than the machine's, so that a late reply costs tenths of a second.
int hurry_of(const PartSubject& subject) {
    return std::max(1, static_cast<int>(subject.reply / 100ms));
}

}  // namespace

PartLab::PartLab(const PartSubject& subject, Carrier carrier, const ChaosPlan& plan)
    : about(subject),
      bench(carrier, hurry_of(subject)),
      unit(subject.unit("UNIT-A")),
      other(subject.unit("UNIT-B")) {
    const auto executor = bench.io.get_executor();
    ChaosPlan here = plan;
    here.terminator = subject.detects.terminator;
    here.command_terminator = subject.detects.command_terminator;
    unit_host_ = std::make_unique<DeviceHost>(executor, bench.timing(), *unit.device);
    other_host_ = std::make_unique<DeviceHost>(executor, bench.timing(), *other.device);
    proxy = std::make_shared<ChaosProxy>(
        executor,
        bench.timing(),
        std::move(here),
        unit_host_->make_opener(),
        other_host_->make_opener()
    );
    part = subject.make(
        executor, way_through(*proxy, bench, carrier, subject.serial_query), bench.timing()
    );
    REQUIRE(part != nullptr);
}

PartLab::~PartLab() {
    part.reset();
    proxy->close();
    unit_host_->stop();
    other_host_->stop();
    CHECK(bench.comes_to_rest());
}

void PartLab::insist() {
    for (int i = 0; i < 100; ++i) {
        if (run(part->open()).has_value()) {
            return;
        }
        pass(20ms);
    }
    FAIL("never opened: " << proxy->text());
}

void PartLab::set_first() {
    if (!about.settable.empty()) {
        static_cast<void>(ok(part->set(about.settable, about.set_to.front())));
    }
}

Result<drivers::PartValue> PartLab::poll() {
    std::vector<std::string> names{about.polled};
    auto values = run(part->read(std::move(names)));
    if (!values) {
        return fail(values.error());
    }
    REQUIRE(values->size() == 1);
    REQUIRE(values->front().quantity == about.polled);
    return values->front();
}

std::vector<std::string> PartLab::commands_to(bool is_other) const {
    std::vector<std::string> found;
    for (const Heard& heard : proxy->heard()) {
        if (heard.by_other == is_other && about.is_command(heard.line)) {
            found.push_back(heard.line);
        }
    }
    return found;
}

drivers::Quantity PartLab::quantity(const std::string& name) const {
    for (const drivers::Quantity& one : part->quantities()) {
        if (one.name == name) {
            return one;
        }
    }
    FAIL("the part has no quantity " << name);
    return {};
}

}  // namespace relaxd::test::kit
