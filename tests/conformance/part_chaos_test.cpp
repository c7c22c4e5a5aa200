// SPDX-License-Identifier: MIT
//
// Every part, polled over a line that hurts what passes: a value is the answer to the question it
// is given for, or there is none (CONTRACT P-2, P-3, P-12). The device shows another number before
// every question, so an old answer is recognised. In memory and virtual time for each kind of
// chaos and for 10 000 polls with 6 % late replies; some dozens over TCP and a pty.
#include "tests/conformance/kit/part_lab.hpp"

#include <cmath>

using namespace relaxd::test::kit;
using relaxd::Result;
namespace drivers = relaxd::drivers;
using Catch::Generators::from_range;

namespace {

struct Tally {
    int right = 0;
    int absent = 0;
    int wrong = 0;
};

void count(Tally& tally, const PartLab& lab, std::optional<double> told, double shown) {
    if (!told) {
        ++tally.absent;
    } else if (std::abs(*told - shown) <= lab.about.told_within) {
        ++tally.right;
    } else {
        ++tally.wrong;
    }
}

/// Polls one after another; the device shows the next number before each.
Tally poll(PartLab& lab, int polls) {
    Tally tally;
    for (int i = 0; i < polls; ++i) {
        const double shown = lab.about.shown[static_cast<std::size_t>(i) % lab.about.shown.size()];
        lab.unit.shows(shown);
        const Result<drivers::PartValue> value = lab.poll();
        std::optional<double> told;
        if (value && value->has_number()) {
            told = value->number;
        } else if (!lab.part->is_open()) {
            static_cast<void>(lab.run(lab.part->open()));
        }
        count(tally, lab, told, shown);
        lab.pass(1ms);
    }
    return tally;
}

/// Where the first frame in `heard` ends, its terminator not counted.
std::size_t frame_end(const PartSubject& about, const std::string& heard) {
    if (!about.detects.terminator.empty()) {
        return heard.find(about.detects.terminator);
    }
    const std::size_t size = about.naive_frame_bytes == 0 ? heard.size() : about.naive_frame_bytes;
    return size > 0 && heard.size() >= size ? size : std::string::npos;
}

/// The next line within the deadline is the answer: what a naive client believes.
Tally poll_naively(PartLab& lab, drivers::link::ByteLink& link, int polls) {
    Tally tally;
    std::string heard;
    std::vector<char> buffer(4096);
    auto got = std::make_shared<std::optional<Result<std::size_t>>>();
    bool reads = false;
    for (int i = 0; i < polls; ++i) {
        const double shown = lab.about.shown[static_cast<std::size_t>(i) % lab.about.shown.size()];
        lab.unit.shows(shown);
        REQUIRE(lab.run(link.write(lab.about.naive_question(static_cast<std::uint64_t>(i)), 1s)));
        const auto deadline = drivers::link::after(lab.bench.now(), lab.about.reply);
        std::optional<double> told;
        while (!told && lab.bench.now() < deadline) {
            const std::size_t end = frame_end(lab.about, heard);
            if (end != std::string::npos) {
                told = lab.about.naive_answer(heard.substr(0, end));
                heard.erase(0, end + lab.about.detects.terminator.size());
                continue;
            }
            if (!reads) {
                reads = true;
                lab.bench.spawn(link.read_some(buffer), got);
            }
            const std::chrono::nanoseconds left(deadline.ns - lab.bench.now().ns);
            if (lab.bench.until([&] { return got->has_value(); }, left)) {
                REQUIRE((*got)->has_value());
                heard.append(buffer.data(), ***got);
                got->reset();
                reads = false;
            }
        }
        count(tally, lab, told, shown);
        lab.pass(10ms);
    }
    link.close();
    lab.bench.until([&] { return got->has_value(); }, 1s);
    return tally;
}

}  // namespace

TEST_CASE("on a bad line a value is right or absent", "[conformance][kit][part]") {
    const std::string name = GENERATE(from_range(part_names()));
    const std::string plan = GENERATE(from_range(plan_names()));
    INFO("plan " << plan);
    const PartSubject& about = part_subject(name);
    PartLab lab(about, Carrier::memory, plan_for(plan, about.detects, about.reply));
    lab.insist();
    const Tally tally = poll(lab, 500);
    INFO(lab.proxy->text());
    INFO("right " << tally.right << ", none " << tally.absent << ", wrong " << tally.wrong);
    CHECK(tally.wrong == 0);
    CHECK(tally.right > 100);  // each double makes an untagged line suspect
    CHECK(lab.commands_to(true).empty());
}

TEST_CASE(
    "10 000 polls of a part with 6 % late replies give no wrong value", "[conformance][kit][part]"
) {
    const std::string name = GENERATE(from_range(part_names()));
    const PartSubject& about = part_subject(name);
    PartLab lab(about, Carrier::memory, plan_for("late", about.detects, about.reply));
    lab.insist();
    const Tally tally = poll(lab, 10'000);
    INFO(lab.proxy->text());
    INFO("right " << tally.right << ", none " << tally.absent << ", wrong " << tally.wrong);
    CHECK(tally.wrong == 0);
    CHECK(tally.right > about.right_when_late);
    CHECK(lab.proxy->report().of(Hurt::late) > 400);
    const drivers::LinkCounters counters = lab.part->counters();
    CHECK(counters.timeouts > 100);
}

TEST_CASE("a naive client takes hundreds of wrong values of a part", "[conformance][kit][part]") {
    const std::string name = GENERATE(from_range(part_names()));
    const PartSubject& about = part_subject(name);
    PartLab lab(about, Carrier::memory, plan_for("late", about.detects, about.reply));
    auto way = lab.proxy->make_opener();
    auto link = lab.run(way->open(1s));
    REQUIRE(link.has_value());
    const Tally tally = poll_naively(lab, **link, 2'000);
    INFO("right " << tally.right << ", none " << tally.absent << ", wrong " << tally.wrong);
    CHECK(tally.wrong > 200);
}

TEST_CASE(
    "over TCP and a pty a value on a bad line is right or absent", "[conformance][kit][part]"
) {
    const std::string name = GENERATE(from_range(part_names()));
    const Carrier carrier = GENERATE(Carrier::tcp, Carrier::pty);
    const std::string plan = GENERATE(as<std::string>{}, "late", "corrupt");
    INFO(to_word(carrier) << ", plan " << plan);
    const PartSubject& about = part_subject(name);
    PartLab lab(about, carrier, plan_for(plan, about.detects, about.reply));
    lab.insist();
    const int most = about.polls_in_real_time / (lab.bench.hurry() > 1 ? 2 : 1);  // it waits longer
    const int polls = plan == "late" ? most : 2 * most / 5;
    const Tally tally = poll(lab, polls);
    INFO(lab.proxy->text());
    INFO("right " << tally.right << ", none " << tally.absent << ", wrong " << tally.wrong);
    CHECK(tally.wrong == 0);
    CHECK(tally.right > polls / 5);  // of eight polls a bad line may hurt most
}
