// SPDX-License-Identifier: MIT
//
// Several runs at once: what summary, difference and compare say, and what they refuse.
#include "tests/tools/command.hpp"
#include "tests/tools/fit_answer.hpp"
#include "tests/tools/made_data.hpp"

#include <cmath>
#include <sstream>

namespace relaxd::test {

namespace {

/// E' and E'' on straight lines in T: linear interpolation has no error of its own.
std::string lines(double first_K, double step_K, int n, double storage_0, double loss_0) {
    std::ostringstream text;
    text.precision(15);
    text << moduli_header;
    for (int i = 0; i < n; ++i) {
        const double T = first_K + step_K * i;
        text << i << "," << T << ",1," << storage_0 - 1e7 * (T - 300.0) << ","
             << loss_0 + 1e6 * (T - 300.0) << ",4e7,3e6\n";
    }
    return text.str();
}

std::string specimen_keys(const std::string& id) {
    return "# specimen_id: " + id +
           "\n# specimen_state: as-cast\n# specimen_composition: La60Ni15Al25\n# T_g_K: 460\n";
}

}  // namespace

TEST_CASE("a difference of curves is that of the lines, with the errors of both") {
    const Folder folder;
    const std::string a = folder.write("a.csv", lines(300.0, 1.0, 41, 3.1e10, 2e8));
    const std::string b = folder.write("b.csv", lines(300.5, 4.0, 10, 3.0e10, 5e7));
    const Outcome json = relaxctl({"difference", a, b, "--json"});
    INFO(json.err << json.out);
    REQUIRE(json.exit_code == 0);
    std::size_t n = 0;
    const std::string key = R"({"temperature_K":)";
    for (std::size_t at = json.out.find(key); at != std::string::npos;
         at = json.out.find(key, at + 1)) {
        const std::string point = json.out.substr(at, json.out.find('}', at) - at);
        INFO(point);
        CHECK(number_after(point, R"("delta_storage_modulus_Pa":)") == Approx(1e9));
        CHECK(number_after(point, R"("delta_loss_modulus_Pa":)") == Approx(1.5e8));
        // Half way between two readings of a: sigma²(1/4 + 1/4) + sigma².
        CHECK(
            number_after(point, R"("delta_storage_modulus_sigma_Pa":)") ==
            Approx(4e7 * std::sqrt(1.5))
        );
        const double T = number_after(point, key);
        const double tan_a = (2e8 + 1e6 * (T - 300.0)) / (3.1e10 - 1e7 * (T - 300.0));
        const double tan_b = (5e7 + 1e6 * (T - 300.0)) / (3.0e10 - 1e7 * (T - 300.0));
        CHECK(number_after(point, R"("delta_tan_delta":)") == Approx(tan_a - tan_b));
        ++n;
    }
    CHECK(n == 10);
    CHECK(has(json.out, R"("interpolation":")"));
    CHECK(has(json.out, R"("errors":"the sigma columns)"));
    // Turned round, the sign turns.
    const Outcome turned = relaxctl({"difference", b, a, "--json"});
    CHECK(number_after(turned.out, R"("delta_storage_modulus_Pa":)") == Approx(-1e9).epsilon(1e-9));
    const Outcome table = relaxctl({"difference", a, b});
    CHECK(table.exit_code == 0);
    CHECK(has(table.out, "interpolat"));
    CHECK(has(table.out, " *"));
}

TEST_CASE("nothing is extrapolated, and too wide a gap is not bridged") {
    const Folder folder;
    const std::string a = folder.write("a.csv", lines(300.0, 10.0, 6, 3.1e10, 2e8));
    const std::string b = folder.write("b.csv", lines(345.0, 10.0, 6, 3.0e10, 5e7));
    const Outcome none = relaxctl({"difference", a, b});
    CHECK(none.exit_code == 0);
    CHECK(has(none.out, "no temperature and frequency in common"));
}

TEST_CASE("the summary holds the scatter between specimens against the fits' own errors") {
    const Folder folder;
    const std::string a = folder.write("a.csv", ramp(specimen_keys("p1"), 330, 420, 1.0, 3));
    const std::string b = folder.write("b.csv", ramp(specimen_keys("p2"), 330, 420, 1.0, 4));
    const std::string c = folder.write("c.csv", ramp(specimen_keys("p3"), 330, 420, 1.05, 5));
    const std::vector<std::string> given{"--fix", "B=1.5", "--json"};
    const auto summary = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "summary");
        words.insert(words.end(), given.begin(), given.end());
        const Outcome outcome = relaxctl(words);
        INFO(outcome.err << outcome.out);
        REQUIRE(outcome.exit_code == 0);
        return outcome.out;
    };
    const std::string three = summary({a, b, c});
    CHECK(has(three, R"("composition":"La60Ni15Al25","state":"as-cast","form":"exact")"));
    CHECK(has(three, R"("n_specimens":3)"));
    const std::string E_u = parameter_of(three, "E_u_Pa");
    INFO(E_u);
    CHECK(number_after(E_u, R"("n":)") == Approx(3.0));
    CHECK(has(E_u, R"("verdict":"the specimens differ")"));
    // 34, 34 and 35.7 GPa: mean 34.57, scatter 0.98.
    CHECK(number_after(E_u, R"("mean":)") == Approx(34.57e9).epsilon(0.02));
    CHECK(number_after(E_u, R"("scatter":)") == Approx(0.98e9).epsilon(0.15));
    const std::string alike = parameter_of(summary({a, b}), "E_u_Pa");
    CHECK(has(alike, "no more than the fits' own errors"));
    // The same specimen twice is one specimen.
    CHECK(has(parameter_of(summary({a, a}), "E_u_Pa"), "one specimen: no scatter"));
    const Outcome table = relaxctl({"summary", a, b, c, "--fix", "B=1.5"});
    CHECK(has(table.out, "the specimens differ"));
}

TEST_CASE("runs are compared under the same conditions, and a run equals itself") {
    const Folder folder;
    const std::string a = folder.write("a.csv", ramp(specimen_keys("p1"), 330, 420, 1.0, 3));
    const std::string b = folder.write("b.csv", ramp(specimen_keys("p2"), 340, 430, 1.05, 4));
    const Outcome same = relaxctl({"compare", a, a, "--fix", "B=1.5", "--json"});
    INFO(same.err << same.out);
    REQUIRE(same.exit_code == 0);
    CHECK_FALSE(has(same.out, R"("verdict":"different")"));
    CHECK(has(same.out, R"("verdict":"not distinguishable")"));
    for (const char* column : {R"("exact":{)", R"("printed":{)", R"("recipe":{)"}) {
        CHECK(has(same.out, column));
    }
    const Outcome other = relaxctl({"compare", a, b, "--fix", "B=1.5", "--json"});
    INFO(other.err << other.out);
    REQUIRE(other.exit_code == 0);
    // Common window: 340 to 418 K of T_g 460 K.
    CHECK(number_after(other.out, R"("T_over_T_g":[)") == Approx(340.0 / 460.0));
    CHECK(has(other.out, R"("fixed":["B=1.5"])"));
    const std::string exact = other.out.substr(other.out.find(R"("exact":{)"));
    const std::string E_u = exact.substr(exact.find(R"("E_u_Pa")"));
    CHECK(has(E_u.substr(0, E_u.find(']', E_u.find("differences"))), R"("verdict":"different")"));
    const Outcome table = relaxctl({"compare", a, b, "--fix", "B=1.5"});
    CHECK(has(table.out, "printed: less the first"));
    CHECK(has(table.out, "the same for all: frequencies 1 4 16 Hz"));
}

TEST_CASE("what cannot be compared is refused with one sentence") {
    const Folder folder;
    const std::string a = folder.write("a.csv", ramp("# T_g_K: 460\n# form: exact\n", 330, 420));
    const std::string b = folder.write("b.csv", ramp("# T_g_K: 460\n# form: printed\n", 330, 420));
    const std::string far = folder.write("far.csv", ramp("# T_g_K: 300\n", 330, 420));
    const std::string creep =
        folder.write("creep.csv", "# stress_Pa: 1e7\ntime_s,strain\n1,3e-4\n");
    const std::string shear = folder.write(
        "shear.csv",
        "temperature_K,frequency_Hz,shear_storage_modulus_Pa,shear_loss_modulus_Pa\n"
        "330,1,1e10,1e8\n340,1,1e10,1e8\n"
    );
    const std::string one_Hz = folder.write(
        "one.csv",
        "temperature_K,frequency_Hz,storage_modulus_Pa,loss_modulus_Pa\n330,7,3e10,1e8\n"
        "400,7,3e10,1e8\n"
    );
    const std::string none = folder.file("none.csv");
    const std::vector<std::pair<int, std::vector<std::string>>> cases{
        {3, {"compare", a, b}},
        {3, {"compare", a, far}},
        {3, {"compare", a, creep}},
        {3, {"compare", a, one_Hz, "--t-g", "460"}},
        {3, {"difference", a, shear}},
        {3, {"difference", a, creep}},
        {2, {"compare", a}},
        {2, {"difference", a}},
        {2, {"summary"}},
        {2, {"summary", a, "--model", "dynamik"}},
        {2, {"summary", a, "--fix", "chi_TG=0.4"}},
        {1, {"summary", none}},
        {1, {"difference", a, none}},
        {1, {"compare", a, none}},
        {5, {"summary", "1"}},
        {4, {"summary", "7", "--database", "DB"}},
    };
    const std::string database = folder.file("c.sqlite");
    REQUIRE(relaxctl({"import", a, "--database", database}).exit_code == 0);
    for (const auto& [exit_code, written] : cases) {
        std::vector<std::string> words = written;
        std::string line;
        for (std::string& word : words) {
            word = word == "DB" ? database : word;
            line += " " + word;
        }
        INFO(line);
        const Outcome outcome = relaxctl(words);
        INFO(outcome.err << outcome.out);
        CHECK(outcome.exit_code == exit_code);
        CHECK(outcome.err.starts_with("relaxctl: "));
        CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    }
    CHECK(relaxctl({"compare", a, b, "--form", "exact"}).exit_code == 0);
}

TEST_CASE("stored runs are found by number, and their composition comes with them") {
    const Folder folder;
    const std::string a = folder.write("a.csv", ramp(specimen_keys("p1"), 330, 420, 1.0, 3));
    const std::string b = folder.write("b.csv", ramp(specimen_keys("p2"), 330, 420, 1.0, 4));
    const std::string database = folder.file("c.sqlite");
    REQUIRE(relaxctl({"import", a, b, "--database", database}).exit_code == 0);
    const Outcome found =
        relaxctl({"summary", "1", "run:2", "--fix", "B=1.5", "--json", "--database", database});
    INFO(found.err << found.out);
    REQUIRE(found.exit_code == 0);
    CHECK(has(found.out, R"("composition":"La60Ni15Al25","state":"as-cast")"));
    CHECK(has(found.out, R"("n_specimens":2)"));
    CHECK(relaxctl({"difference", "1", "2", "--database", database}).exit_code == 0);
    CHECK(relaxctl({"compare", "1", "2", "--fix", "B=1.5", "--database", database}).exit_code == 0);
}

}  // namespace relaxd::test
