// SPDX-License-Identifier: MIT
//
// The conformance suite: the driver, made by the registry, against instruments that share no code
// with it, in processes of their own: relaxsim on TCP and on a pty, and the peer in Python that was
// written from the document alone. Clauses: drivers/api/CONTRACT.md.
#include "tests/conformance/driver_rig.hpp"
#include "tests/conformance/kit/careful_host.hpp"

using namespace relaxd::drivers;

TEST_CASE("a run is delivered whole and in order, as the simulator recorded it", "[conformance]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::relaxsim_pty);
    Laboratory lab(peer);
    const Identity identity = lab.open();
    CHECK(identity.simulated);
    CHECK_FALSE(identity.serial_number.empty());
    CHECK(lab.status().state == State::idle);
    const auto method =
        method_of("\"Equilibrate at 300 K\", \"Isothermal for 2 min\", \"Ramp 10 K/min to 320 K\"");
    lab.ok(lab.instrument->load(method, bar(), "conformance-1"));
    CHECK(lab.status().state == State::armed);
    lab.ok(lab.instrument->start());
    std::vector<Reading> readings;
    std::vector<Gap> gaps;
    std::string cause;
    lab.follow(readings, gaps, cause);
    CHECK(cause == "completed");
    CHECK(gaps.empty());
    REQUIRE(readings.size() > 30);
    check_sequence(readings);
    const Status after = lab.status();
    CHECK(after.last_number == readings.size());
    CHECK(after.run_token == "conformance-1");
    CHECK(after.end_cause == "completed");

    std::ifstream record_file(scratch("record"));
    std::string line;
    std::size_t lines = 0;
    while (std::getline(record_file, line)) {
        REQUIRE(lines < readings.size());
        check_against_record(line, readings[lines]);
        CHECK(readings[lines].simulated);
        ++lines;
    }
    CHECK(lines == readings.size());
    CHECK(lab.instrument->counters().corrupt_frames == 0);

    const auto truth = lab.run(lab.instrument->truth(1, readings.size()));
    REQUIRE(truth.has_value());
    CHECK(truth->front().seq == 0);
    CHECK(truth->back().seq == readings.size());
}

TEST_CASE("after a lost link what was missed is fetched in order", "[conformance]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::relaxsim_pty);
    Laboratory lab(peer, "500");
    lab.open();
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 60 min\"");
    lab.ok(lab.instrument->load(method, bar(), "run-2"));
    lab.ok(lab.instrument->start());
    for (std::uint64_t n = 1; n <= 5; ++n) {
        REQUIRE(lab.next_reading().number == n);
    }
    lab.instrument->close();
    CHECK_FALSE(lab.instrument->is_open());
    CHECK(lab.run(lab.instrument->next()).error().code == Errc::cancelled);
    lab.open();
    const Status status = lab.status();
    CHECK(status.run_token == "run-2");
    lab.ok(lab.instrument->fetch_from(6));
    std::vector<Reading> readings;
    for (std::uint64_t n = 6; n <= std::max<std::uint64_t>(status.last_number, 20) + 5; ++n) {
        readings.push_back(lab.next_reading());
    }
    check_sequence(readings, 6);
    CHECK(lab.instrument->counters().reconnects == 1);
    lab.ok(lab.instrument->stop());
    lab.ok(lab.instrument->safe());
}

TEST_CASE("hold, resume, stop and safe do what they say", "[conformance]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::relaxsim_pty);
    Laboratory lab(peer, "100");
    lab.open();
    lab.ok(lab.instrument->safe());  // valid in every state
    lab.ok(lab.instrument->stop());
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 60 min\"");
    lab.ok(lab.instrument->load(method, bar(), "run-3"));
    lab.ok(lab.instrument->start());
    CHECK(lab.status().state == State::running);
    lab.ok(lab.instrument->hold());
    CHECK(lab.status().state == State::holding);
    lab.ok(lab.instrument->resume());
    CHECK(lab.status().state == State::running);
    CHECK(lab.run(lab.instrument->load(method, bar(), "run-4")).error().code == Errc::refused);
    CHECK(lab.status().state == State::running);
    lab.ok(lab.instrument->safe());
    const Status after = lab.status();
    CHECK(after.state == State::idle);
    CHECK(after.end_cause == "safe");
    CHECK(after.run_token == "run-3");
}

TEST_CASE("without its host the instrument makes itself safe", "[conformance]") {
    Laboratory lab(Peer::relaxsim_tcp, "10", 1.0);
    lab.open();
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 60 min\"");
    lab.ok(lab.instrument->load(method, bar(), "run-5"));
    lab.ok(lab.instrument->start());
    lab.pass(1500ms);  // the driver renews it by itself
    CHECK(lab.status().state == State::running);
    lab.instrument->close();
    lab.pass(1500ms);
    lab.open();
    const Status status = lab.status();
    CHECK(status.state == State::idle);
    CHECK(status.end_cause == "heartbeat");
}

TEST_CASE(
    "a gate holds the simulator, and a segment ends after the reading named", "[conformance]"
) {
    Laboratory lab(Peer::relaxsim_tcp);
    lab.open();
    lab.instrument->allow_until(3);
    const auto method = method_of(
        "\"Equilibrate at 300 K\", \"Isothermal until chi is known to 0.005, at most 60 min\", "
        "\"Isothermal for 1 min\""
    );
    lab.ok(lab.instrument->load(method, bar(), "run-6"));
    lab.ok(lab.instrument->start());
    for (std::uint64_t n = 1; n <= 3; ++n) {
        CHECK(lab.next_reading().number == n);
    }
    lab.pass(100ms);
    CHECK(lab.status().last_number == 3);
    lab.ok(lab.instrument->end_segment_after(5));
    lab.instrument->allow_until(0);
    std::vector<Reading> readings;
    std::vector<Gap> gaps;
    std::string cause;
    lab.follow(readings, gaps, cause);
    CHECK(cause == "completed");
    check_sequence(readings, 4);
    REQUIRE(readings.size() > 3);
    CHECK(readings[1].segment == 2);
    CHECK(readings[2].segment == 3);
}

TEST_CASE("a second driver is told that the instrument is busy", "[conformance]") {
    Laboratory lab(Peer::relaxsim_pty);
    lab.open();
    InstrumentConfig config;
    config.name = "again";
    config.driver = "q800_class";
    config.uri = "serial://" + scratch("pty");
    auto second = make_instrument(config, lab.io.get_executor(), lab.timing);
    REQUIRE(second.has_value());
    const auto refused = lab.run((*second)->open());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::busy);
}

TEST_CASE("the peer in Python, written from the document alone, is driven alike", "[conformance]") {
    Laboratory lab(Peer::python_tcp, "1000");
    const Identity identity = lab.open();
    CHECK_FALSE(identity.model.empty());
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 2 min\"");
    lab.ok(lab.instrument->load(method, bar(), "python-1"));
    lab.ok(lab.instrument->start());
    lab.ok(lab.instrument->hold());
    CHECK(lab.status().state == State::holding);
    lab.ok(lab.instrument->resume());
    std::vector<Reading> readings;
    std::vector<Gap> gaps;
    std::string cause;
    lab.follow(readings, gaps, cause);
    CHECK(cause == "completed");
    CHECK(gaps.empty());
    REQUIRE(readings.size() > 10);
    check_sequence(readings);
    lab.ok(lab.instrument->fetch_from(2));
    for (std::uint64_t n = 2; n <= readings.size(); ++n) {
        REQUIRE(lab.next_reading().raw == readings[n - 1].raw);
    }
    lab.ok(lab.instrument->safe());
    CHECK(lab.instrument->counters().corrupt_frames == 0);
}

TEST_CASE("a line that hurts bytes both ways costs time, and no reading", "[conformance]") {
    const Peer peer = GENERATE(Peer::relaxsim_tcp, Peer::relaxsim_pty, Peer::python_tcp);
    Laboratory lab(peer, "200", 30.0, kit::plan_for("corrupt", {true, true, "\n"}, 1000ms));
    kit::CarefulHost host(lab);
    host.connect(0);
    const auto method = method_of("\"Equilibrate at 300 K\", \"Isothermal for 5 min\"");
    host.begin(method, bar(), "noisy");
    host.follow();
    INFO(lab.proxy->text());
    REQUIRE(host.readings.size() > 20);
    check_sequence(host.readings);
    CHECK(lab.proxy->report().total() > 5);
    CHECK(lab.instrument->counters().corrupt_frames > 0);
}

TEST_CASE("the registry names what it does not know", "[conformance]") {
    InstrumentConfig config;
    config.name = "dma1";
    config.driver = "q800class";
    config.uri = "tcp://127.0.0.1:4001";
    auto wrong = check_instrument(config);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().code == Errc::invalid);
    CHECK(wrong.error().hint.find("q800_class") != std::string::npos);
    config.driver = "q800_class";
    CHECK(check_instrument(config).has_value());
    config.uri = "tcp:/127.0.0.1";
    CHECK_FALSE(check_instrument(config).has_value());
    CHECK(
        driver_names() ==
        std::vector<std::string>{"protocol_file", "q800_class", "ta_files", "torsion_pendulum"}
    );
}
