// SPDX-License-Identifier: MIT
//
// Solartron analysers: their words, and the dialect with a simulated one on the pendulum's rig.
#include "drivers/parts/solartron/dialect.hpp"
#include "drivers/parts/solartron/protocol.hpp"
#include "drivers/simulator/parts/solartron_device.hpp"
#include "tests/parts/sr830_bench.hpp"

#include <cmath>
#include <complex>
#include <numbers>

using namespace relaxd;
using namespace relaxd::test;
using namespace relaxd::drivers::parts;
using simulator::SolartronDevice;
using simulator::SolartronModel;

namespace {

constexpr const char* end = "\r";

/// A dialect and a device without an engine between: each query, and how long its answer took.
class Talk {
  public:
    explicit Talk(const Options& options = {}, SolartronModel model = SolartronModel::m1260)
        : device(rig, model, true) {
        auto made = solartron::make_dialect(options);
        REQUIRE(made.has_value());
        dialect = std::move(*made);
        device.connect();
        device.advance_to(now);
    }
    /// Empty: nothing was said within the deadline.
    std::string ask(const drivers::link::Query& query) {
        device.receive(query.bytes, now);
        std::string said_text = device.take_output();
        const auto limits = query.deadlines.value_or(dialect->exchange().deadlines);
        const SteadyTime latest{now.ns + std::chrono::nanoseconds(limits.first_byte).count()};
        const SteadyTime asked = now;
        while (query.is_answered && said_text.empty() && device.next_wake() <= latest) {
            now = std::max(device.next_wake(), SteadyTime{now.ns + 1});
            device.advance_to(now);
            said_text = device.take_output();
        }
        took_s = static_cast<double>(now.ns - asked.ns) * 1e-9;
        CHECK(said_text.empty() == !query.is_answered);
        if (query.is_answered) {
            INFO(said_text);
            CHECK(query.fits(said_text));
        }
        return said_text;
    }
    void prepare() {
        for (const Preparation& one : dialect->preparations()) {
            if (!one.ask.bytes.empty() && one.is_so(ask(one.ask))) {
                continue;
            }
            for (const auto& query : one.writes) {
                static_cast<void>(ask(query));
            }
            if (!one.ask.bytes.empty()) {
                CHECK(one.is_so(ask(one.ask)));
            }
        }
    }
    std::vector<drivers::PartValue> read(const std::string& quantity) {
        const Group group = dialect->group_of(quantity);
        std::vector<std::string> replies;
        for (const auto& query : group.queries) {
            replies.push_back(ask(query));
        }
        const auto values = dialect->decode(group, replies);
        REQUIRE(values.has_value());
        REQUIRE(values->size() == group.quantities.size());
        return *values;
    }
    void set(const std::string& quantity, double value) {
        const auto queries = dialect->write(quantity, value);
        REQUIRE(queries.has_value());
        for (const auto& query : *queries) {
            static_cast<void>(ask(query));
        }
    }

    simulator::PendulumRig rig{still_pendulum()};
    SolartronDevice device;
    std::unique_ptr<Dialect> dialect;
    SteadyTime now;
    double took_s = 0.0;
};

}  // namespace

TEST_CASE("Solartron: lines seen on benches are understood", "[solartron]") {
    const auto reading =
        solartron::reading_of("+1.0000000E+03,-2.5900E+08,-1.4200E+08,0,00\r", end);
    REQUIRE(reading.has_value());
    CHECK(reading->frequency_Hz == 1000.0);
    CHECK(reading->real == -2.59e8);
    CHECK(reading->imaginary == -1.42e8);
    CHECK(reading->error == 0);
    const auto older = solartron::reading_of("+1.0000E-02,+1.2345E-03,-4.2400E-03,2\r", end);
    REQUIRE(older.has_value());
    CHECK(older->error == 2);
    const auto name = solartron::name_of("1260 IMPEDANCE ANALYZER, SOLARTRON, 0, 0\r", end);
    REQUIRE(name.has_value());
    CHECK(name->model == "1260");
    CHECK(name->serial_number == "0");
    CHECK(
        solartron::name_of("1255B FREQUENCY RESPONSE ANALYZER, SOLARTRON,0,0\r", end)->model ==
        "1255"
    );
    CHECK(solartron::number_of("+0.0000E+00\r", end) == 0.0);
}

TEST_CASE("Solartron: a line is taken whole or not at all", "[solartron]") {
    const std::string whole = "+1.0000000E+03,-2.5900E+08,-1.4200E+08,0,00\r";
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        CHECK_FALSE(solartron::reading_of(whole.substr(0, cut), end).has_value());
        std::string hurt = whole;
        hurt[cut] = '\0';
        CHECK_FALSE(solartron::reading_of(hurt, end).has_value());
    }
    for (const char* wrong : {
             "1.0000E+03,+1.0000E+00,+1.0000E+00,0\r",     // no sign
             "+1.0000E+03,+1.0000E+00,+1.0000E+00\r",      // no error digit
             "+1.0000E+03,+1.0000E+00,+1.0000E+00,82\r",   // two
             "+1.0000E+03,+1.0000E+0,+1.0000E+00,0\r",     // a digit of the exponent lost
             "+1.0000E+03,+1.000E+00,+1.0000E+00,0\r",     // a digit lost
             "+1.0000E+03,+1.0000E+00,+1.0000E+00,0,7\r",  // no limits code
             "+1.0000E+03,+1.0000E+00,0\r",
         }) {
        INFO(wrong);
        CHECK_FALSE(solartron::reading_of(wrong, end).has_value());
    }
    CHECK_FALSE(solartron::number_of("+1.0000E+03,+1.0000E+00\r", end).has_value());
    CHECK_FALSE(solartron::name_of("1250,1,2,3\r", end).has_value());
}

TEST_CASE("Solartron: numbers are sent with exponents that it takes", "[solartron]") {
    CHECK(solartron::argument_text(0.001234, 7) == "1.2340000E-3");
    CHECK(solartron::argument_text(1e10, 2) == "1.00E+10");
    CHECK(solartron::argument_text(0.0, 4) == "0.0000E+0");
    CHECK(solartron::argument_text(-5.5, 4) == "-5.5000E+0");
}

TEST_CASE("Solartron: the ratio is angle over torque, after whole cycles", "[solartron]") {
    Talk talk;
    talk.prepare();
    talk.set("frequency_Hz", 0.05);
    talk.set("cycles", 2.0);
    talk.set("amplitude_V", 0.1);
    CHECK(talk.read("cycles").front().number == Approx(2.0).epsilon(1e-4));
    CHECK(talk.read("amplitude_V").front().number == Approx(0.1).epsilon(1e-4));
    CHECK(talk.rig.excitation().amplitude_V == Approx(0.1).epsilon(1e-4));
    const auto ratio = talk.read("ratio_real");
    CHECK(talk.took_s == Approx(40.0).epsilon(1e-3));
    const std::complex<double> truth = talk.rig.settled_ratio();
    CHECK(std::abs(truth) > 0.0);
    CHECK(ratio[0].number == Approx(truth.real()).epsilon(1e-4));
    CHECK(ratio[1].number == Approx(truth.imag()).epsilon(1e-4).margin(1e-4 * std::abs(truth)));
    CHECK(talk.read("frequency_Hz").front().number == 0.05);
}

TEST_CASE("Solartron: the deadline follows frequency and cycles", "[solartron]") {
    Talk talk;
    talk.prepare();
    talk.set("frequency_Hz", 0.01);
    talk.set("cycles", 3.0);
    const auto slow = talk.dialect->group_of("ratio_real").queries.front();
    REQUIRE(slow.deadlines.has_value());
    CHECK(slow.deadlines->first_byte > std::chrono::seconds(300));
    CHECK(slow.deadlines->overall >= slow.deadlines->first_byte);
    talk.set("frequency_Hz", 10.0);  // the cycles stay: the integration time follows
    const auto fast = talk.dialect->group_of("ratio_real").queries.front();
    CHECK(fast.deadlines->first_byte < std::chrono::seconds(3));
    CHECK(talk.read("cycles").front().number == Approx(3.0).epsilon(1e-4));
    talk.device.turn("FR", 0.02);  // what somebody turns is learned when it is looked after
    talk.prepare();
    const auto turned = talk.dialect->group_of("ratio_real").queries.front();
    CHECK(turned.deadlines->first_byte > std::chrono::seconds(100));
}

TEST_CASE("Solartron: overload and another frequency are no numbers", "[solartron]") {
    Talk talk;
    talk.prepare();
    talk.set("frequency_Hz", 20.0);
    talk.device.pretend(std::complex<double>(1.25, -0.5));
    CHECK(talk.read("ratio_imag")[1].number == -0.5);
    talk.device.overload(true);
    CHECK(talk.read("ratio_real")[0].status == "overload");
    CHECK(std::isnan(talk.read("ratio_real")[0].number));
    talk.device.overload(false);
    talk.device.turn("FR", 21.0);
    CHECK(talk.read("ratio_real")[0].status == "settings_changed");
}

TEST_CASE("Solartron: what it cannot integrate is refused with the time", "[solartron]") {
    Talk talk;
    talk.prepare();
    talk.set("frequency_Hz", 1000.0);
    const auto short_one = talk.dialect->write("cycles", 1.0);
    REQUIRE_FALSE(short_one.has_value());
    CHECK(short_one.error().code == Errc::refused);
    CHECK(short_one.error().sentence().find("0.001 s") != std::string::npos);
    CHECK(talk.dialect->write("cycles", 50.5).error().code == Errc::refused);
    talk.set("cycles", 100.0);
    CHECK(talk.dialect->write("frequency_Hz", 1e-4).error().code == Errc::refused);
}

TEST_CASE("Solartron: safe is a generator at 0 V", "[solartron]") {
    Talk talk;
    talk.prepare();
    talk.set("amplitude_V", 1.0);
    talk.set("offset_V", 2.0);
    const SafeState safe = talk.dialect->safe_state();
    CHECK(safe.urgent == "VA0\rVB0\r");
    for (const auto& query : safe.writes) {
        static_cast<void>(talk.ask(query));
    }
    std::vector<std::string> replies;
    for (const auto& query : safe.queries) {
        replies.push_back(talk.ask(query));
    }
    CHECK(safe.is_safe(replies).has_value());
    CHECK(talk.rig.excitation().amplitude_V == 0.0);
    CHECK(talk.rig.excitation().offset_V == 0.0);
    talk.device.turn("VB", 1.0);
    replies.back() = talk.ask(safe.queries.back());
    CHECK_FALSE(safe.is_safe(replies).has_value());
}

TEST_CASE("Solartron: the 1250 has its own words", "[solartron]") {
    Talk talk({{"model", "1250"}}, SolartronModel::m1250);
    const std::vector<std::string> version{talk.ask(talk.dialect->identify().front())};
    const auto identity = talk.dialect->identity(version);
    REQUIRE(identity.has_value());
    CHECK(identity->model == "1250");
    CHECK(identity->simulated);
    talk.prepare();
    talk.set("frequency_Hz", 5.0);
    talk.set("amplitude_V", 0.2);
    CHECK(talk.device.held("AM") == Approx(0.2 / std::numbers::sqrt2).epsilon(1e-4));
    talk.device.pretend(std::complex<double>(2.0, 3.0));
    CHECK(talk.read("ratio_real")[0].number == 2.0);
    for (const auto& quantity : talk.dialect->quantities()) {
        CHECK(quantity.name != "offset_V");
    }
}

TEST_CASE("Solartron: another model and another word are refused", "[solartron]") {
    auto dialect = solartron::make_dialect({{"model", "1255"}});
    REQUIRE(dialect.has_value());
    const std::vector<std::string> other{"1260 IMPEDANCE ANALYZER, SOLARTRON, 0, 0\r"};
    CHECK((*dialect)->identity(other).error().code == Errc::refused);
    CHECK_FALSE(solartron::make_dialect({{"model", "1170"}}).has_value());
    CHECK_FALSE(solartron::make_dialect({{"terminator", "lf"}}).has_value());
    const auto crlf = solartron::make_dialect({{"terminator", "crlf"}});
    CHECK((*crlf)->identify().front().bytes == "*IDN?\r\n");
}
