// SPDX-License-Identifier: MIT
// The simulated 33500: what its manual says of SCPI, load and errors, seen at the coil.
#include "drivers/simulator/parts/keysight_33500_device.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <string>

namespace relaxd::simulator {
namespace {

PendulumSetup quiet() {
    PendulumSetup setup(ShearMaterial::elastic(8.0e10));
    setup.sensors = PendulumSensors::ideal();
    return setup;
}

struct Generator {
    Generator() : rig(quiet()), device(rig, "SIM7") {
        device.connect();
        rig.follow(SteadyTime{1});
    }
    // NOLINTNEXTLINE(modernize-use-nodiscard): a set command has no answer
    std::string ask(const std::string& line) {
        device.receive(line, SteadyTime{2});
        return device.take_output();
    }
    PendulumRig rig;
    Keysight33500Device device;
};

}  // namespace

TEST_CASE("the generator says who it is and that power came on", "[simulator][generator]") {
    Generator bench;
    CHECK(bench.ask("*IDN?\n") == "Keysight Technologies,33511B,SIM7,5.03-3.15-2.00-58-00\n");
    CHECK(bench.ask("*ESR?\n") == "128\n");
    CHECK(bench.ask("*ESR?\n") == "0\n");
    CHECK(bench.ask("SYST:ERR?\n") == "+0,\"No error\"\n");
    bench.device.reboot();
    CHECK(bench.ask("*ESR?\n") == "128\n");
}

TEST_CASE(
    "headers may be short, long, rooted, relative and in any case", "[simulator][generator]"
) {
    Generator bench;
    const std::string set = GENERATE(
        "SOUR1:FREQ 0.25",
        "source1:frequency:cw 2.5E-1",
        ":FREQ 250 MHZ;:SOURce:FREQuency 0.25HZ",
        "frequency 1;:volt:offs 0;:freq .25",
        "SOUR1:FUNC SIN;FREQ 0.25 HZ",
        "VOLT:UNIT VPP;OFFS 0;:FREQ 0.00025 KHZ\r"
    );
    INFO(set);
    CHECK(bench.ask(set + "\n").empty());
    // 250 MHz is beyond its limit, which it says.
    CHECK(
        (bench.ask("SYST:ERR?\n") == "+0,\"No error\"\n") == (set.find("MHZ") == std::string::npos)
    );
    CHECK(bench.ask("FREQ?\n") == "+2.5000000000000E-01\n");
    CHECK(bench.rig.excitation().frequency_Hz == 0.25);
    CHECK(bench.ask("freq?;volt?;:outp?\n") == "+2.5000000000000E-01;+1.0000000000000E-01;0\n");
}

TEST_CASE("bytes may come one by one, lines together", "[simulator][generator]") {
    Generator bench;
    for (const char c : std::string("FREQ 2\nFREQ?\nOUT")) {
        bench.device.receive(std::string_view(&c, 1), SteadyTime{2});
    }
    CHECK(bench.device.take_output() == "+2.0000000000000E+00\n");
    CHECK(bench.ask("P ON\nOUTP?\n*OPC?\n") == "1\n1\n");
    CHECK(bench.rig.excitation().is_on);
}

TEST_CASE(
    "with a declared load of 50 ohm an open output has twice what the display says",
    "[simulator][generator]"
) {
    Generator bench;
    bench.ask("FUNC SIN;:FREQ 1;:VOLT 2;:VOLT:OFFS 0.25;:OUTP ON\n");
    CHECK(bench.rig.excitation().amplitude_V == Approx(2.0));
    CHECK(bench.rig.excitation().offset_V == Approx(0.5));
    bench.ask("OUTP1:LOAD INF\n");  // what the output does stays; the display changes
    CHECK(bench.rig.excitation().amplitude_V == Approx(2.0));
    CHECK(
        bench.ask("VOLT?;:VOLT:OFFS?;:OUTP:LOAD?\n") ==
        "+4.0000000000000E+00;+5.0000000000000E-01;+9.9000000000000E+37\n"
    );
    bench.ask("VOLT 3 VPP;:VOLT:OFFS 0\n");
    CHECK(bench.rig.excitation().amplitude_V == Approx(1.5));
    CHECK(bench.rig.excitation().offset_V == 0.0);
    bench.ask("VOLT:UNIT VRMS;:VOLT 1\n");
    CHECK(bench.rig.excitation().amplitude_V == Approx(std::sqrt(2.0)));
}

TEST_CASE("DC is the offset alone and may be as large as the output", "[simulator][generator]") {
    Generator bench;
    bench.ask("OUTP:LOAD INF;:VOLT 8;:FUNC DC;:VOLT:OFFS -7.5;:OUTP 1\n");
    CHECK(bench.ask("SYST:ERR?\n") == "+0,\"No error\"\n");
    CHECK(bench.ask("FUNC?\n") == "DC\n");
    CHECK(bench.rig.excitation().offset_V == -7.5);
    CHECK(bench.rig.excitation().amplitude_V == 0.0);
}

TEST_CASE("what it cannot do it names in its error queue", "[simulator][generator]") {
    struct Case {
        const char* line;
        const char* error;
    };
    const auto bad = GENERATE(
        Case{"FREK 1", "-113,\"Undefined header\""},
        Case{"FREQ:VOLT 1", "-113,\"Undefined header\""},
        Case{"SOUR2:FREQ 1", "-114,\"Header suffix out of range\""},
        Case{"FREQ", "-109,\"Missing parameter\""},
        Case{"FREQ one", "-104,\"Data type error\""},
        Case{"FREQ 1 V", "-104,\"Data type error\""},
        Case{"FREQ 1e9", "-222,\"Data out of range; frequency; value clipped to upper limit\""},
        Case{"VOLT 25", "-222,\"Data out of range; amplitude; value clipped to upper limit\""},
        Case{"VOLT:OFFS -9", "-222,\"Data out of range; offset; value clipped to lower limit\""},
        Case{"FUNC SQU", "-224,\"Illegal parameter value\""},
        Case{"OUTP MAYBE", "-224,\"Illegal parameter value\""},
        Case{"*XYZ", "-113,\"Undefined header\""}
    );
    Generator bench;
    bench.ask("*CLS\n");
    INFO(bad.line);
    CHECK(bench.ask(std::string(bad.line) + "\n").empty());
    const std::string events = bench.ask("*ESR?\n");
    CHECK(events == (std::string(bad.error).starts_with("-2") ? "16\n" : "32\n"));
    CHECK(bench.ask("SYST:ERR?\n") == std::string(bad.error) + "\n");
    CHECK(bench.ask("SYST:ERR?\n") == "+0,\"No error\"\n");
}

TEST_CASE(
    "the error queue has room for twenty and says when it is full", "[simulator][generator]"
) {
    Generator bench;
    for (int k = 0; k < 30; ++k) {
        bench.ask("NONSENSE\n");
    }
    std::string last;
    int count = 0;
    for (std::string one = bench.ask("SYST:ERR?\n"); one != "+0,\"No error\"\n";
         one = bench.ask("SYST:ERR?\n")) {
        last = one;
        ++count;
    }
    CHECK(count == 20);
    CHECK(last == "-350,\"Error queue overflow\"\n");
}

TEST_CASE("a line without end and garbage do it no harm", "[simulator][generator]") {
    Generator bench;
    bench.device.receive(std::string(200'000, 'U'), SteadyTime{2});
    CHECK(bench.ask("\n").empty());
    CHECK(bench.ask("SYST:ERR?\n") == "-363,\"Input buffer overrun\"\n");
    std::string junk;
    for (int k = 0; k < 5000; ++k) {
        junk += static_cast<char>((k * 7919) % 251);
    }
    static_cast<void>(bench.ask(junk + "\n*CLS\n"));
    CHECK(bench.ask("*CLS;*OPC?\n") == "1\n");
}

TEST_CASE("somebody at the panel changes what it says and does", "[simulator][generator]") {
    Generator bench;
    bench.ask("FREQ 1;:OUTP ON\n");
    bench.device.turn_frequency(3.0);
    CHECK(bench.ask("FREQ?\n") == "+3.0000000000000E+00\n");
    CHECK(bench.rig.excitation().frequency_Hz == 3.0);
    bench.device.turn_output(false);
    CHECK(bench.ask("OUTP?\n") == "0\n");
    CHECK_FALSE(bench.rig.excitation().is_on);
}

}  // namespace relaxd::simulator
