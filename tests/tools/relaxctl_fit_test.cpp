// SPDX-License-Identifier: MIT
//
// `relaxctl fit` as its users meet it: every model by name, joint inputs, options, the shape of the
// answer, and one sentence for every bad input. Truth comes from closed forms and from
// `model eval`, which has oracles of its own.
#include "schema/store/run_store.hpp"
#include "tests/tools/command.hpp"
#include "tests/tools/fit_answer.hpp"
#include "tests/tools/made_data.hpp"

#include <cmath>
#include <filesystem>
#include <sstream>

namespace relaxd::test {

namespace {

std::string aged(double tau_s, double beta) {
    Noise noise;
    std::ostringstream text;
    text.precision(12);
    text << "time_s,tan_delta,tan_delta_sigma\n";
    for (int i = 0; i < 200; ++i) {
        const double t = 5.0 * i;
        const double value = 0.03 + 0.03 * std::exp(-std::pow(t / tau_s, beta));
        text << t << "," << value + 1e-4 * noise() << ",1e-4\n";
    }
    return text.str();
}

std::string fit_reason(const std::vector<std::string>& words) {
    std::vector<std::string> all{"fit", "--json"};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = relaxctl(all);
    INFO(outcome.err << outcome.out);
    REQUIRE(outcome.exit_code == 0);
    REQUIRE(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 1);
    REQUIRE(has(outcome.out, R"("status":"no_estimate")"));
    return text_after(outcome.out, R"("reason":")");
}

}  // namespace

TEST_CASE("isochronal and isothermal are the dynamic fit") {
    const Folder folder;
    const std::string csv = folder.write("r.csv", ramp("# T_g_K: 460\n", 330.0, 420.0));
    for (const char* alias : {"dynamic", "isochronal", "isothermal"}) {
        const Outcome fit = relaxctl({"fit", csv, "--model", alias, "--json"});
        INFO(fit.err << fit.out);
        REQUIRE(fit.exit_code == 0);
        CHECK(has(fit.out, R"("model":"dynamic","status":"converged")"));
    }
}

TEST_CASE("tension is told what kind of stress it is given") {
    const Folder folder;
    std::ostringstream rows;
    rows << "# stress: nominal\n# strain_rate_per_s: 3e-4\n# temperature_K: 430\n"
         << "strain,stress_Pa\n";
    for (int i = 1; i <= 20; ++i) {
        rows << 1e-3 * i << "," << 3e7 * i << "\n";
    }
    const std::string csv = folder.write("pull.csv", rows.str());
    CHECK(has(fit_reason({csv, "--model", "tension"}), "is said to be"));
    for (const char* kind : {"engineering", "true"}) {
        // What is said with the option comes first; then it is the material that is missing.
        CHECK(has(fit_reason({csv, "--model", "tension", "--stress", kind}), "needs E_u_Pa"));
    }
    const Outcome wrong = relaxctl({"fit", csv, "--model", "tension", "--stress", "nominal"});
    CHECK(wrong.exit_code == 2);
    CHECK(has(wrong.err, "engineering and true"));
}

TEST_CASE("what is fixed stays fixed, and fixing A_an fixes the tied A_vp") {
    const Folder folder;
    const std::string csv = folder.write("r.csv", ramp("# T_g_K: 460\n", 330.0, 420.0));
    const Outcome fit = relaxctl(
        {"fit", csv, "--model", "dynamic", "--fix", "A_an_per_Pa=1.5e-11", "--fix", "B=1", "--json"}
    );
    INFO(fit.err << fit.out);
    REQUIRE(fit.exit_code == 0);
    for (const char* name : {"A_an_per_Pa", "A_vp_per_Pa"}) {
        const std::string one = parameter_of(fit.out, name);
        CHECK(number_after(one, R"("value":)") == Approx(1.5e-11));
        CHECK(has(one, R"("state":"fixed")"));
    }
    CHECK(has(parameter_of(fit.out, "B"), R"("value":1E0)"));
}

TEST_CASE("a name that the model does not have is said, a name that nobody has is refused") {
    const Folder folder;
    const std::string csv = folder.write("r.csv", ramp("", 330.0, 420.0));
    const Outcome idle = relaxctl({"fit", csv, "--model", "dynamic", "--fix", "a2=5", "--json"});
    REQUIRE(idle.exit_code == 0);
    CHECK(has(idle.out, "a2 is no parameter of dynamic"));
    const Outcome wrong = relaxctl({"fit", csv, "--model", "kww", "--fix", "taus_s=5"});
    CHECK(wrong.exit_code == 2);
    CHECK(has(wrong.err, "the nearest name is 'tau_s'"));
}

TEST_CASE("the tau and beta of an ageing experiment come back") {
    const Folder folder;
    const std::string csv = folder.write("a.csv", aged(200.0, 0.6));
    const Outcome fit = relaxctl({"fit", csv, "--model", "aging", "--json"});
    INFO(fit.err << fit.out);
    REQUIRE(fit.exit_code == 0);
    REQUIRE(has(fit.out, R"("status":"converged")"));
    check_within(fit.out, "tau_s", 200.0, 4.5);
    check_within(fit.out, "beta", 0.6, 4.5);
    CHECK(has(fit.out, R"("t_over_tau":{)"));
}

TEST_CASE("two files of one test are fitted jointly and both count") {
    const Folder folder;
    const std::string a = folder.write("a.csv", ramp("", 330.0, 380.0));
    const std::string b = folder.write("b.csv", ramp("", 380.0, 420.0));
    const Outcome fit = relaxctl({"fit", a, b, "--model", "dynamic", "--t-g", "460", "--json"});
    INFO(fit.err << fit.out);
    REQUIRE(fit.exit_code == 0);
    CHECK(number_after(fit.out, R"("n_points":)") == Approx(3 * 25 + 3 * 20));
    const std::string creep = folder.write("c.csv", "# stress_Pa: 1e7\ntime_s,strain\n1,3e-4\n");
    const Outcome mixed =
        relaxctl({"fit", a, creep, "--model", "dynamic", "--t-g", "460", "--json"});
    REQUIRE(mixed.exit_code == 0);
    CHECK(number_after(mixed.out, R"("n_points":)") == Approx(3 * 25));
    CHECK(has(mixed.out, "is left out: no row of it has temperature_K"));
}

TEST_CASE("data of two specimens, or of two states, are joined only when asked, and it is recorded"
) {
    const Folder folder;
    const std::string a =
        folder.write("a.csv", ramp("# specimen_id: p7a\n# specimen_state: as-cast\n", 330, 380));
    const std::string b =
        folder.write("b.csv", ramp("# specimen_id: p7a\n# specimen_state: annealed\n", 380, 420));
    const std::string c = folder.write("c.csv", ramp("# specimen_id: p7b\n", 380, 420));
    for (const std::string& other : {b, c}) {
        const Outcome refused = relaxctl({"fit", a, other, "--model", "dynamic"});
        CHECK(refused.exit_code == 3);
        CHECK(has(refused.err, "--allow-state-change"));
        CHECK(std::count(refused.err.begin(), refused.err.end(), '\n') == 1);
        const Outcome allowed = relaxctl(
            {"fit", a, other, "--model", "dynamic", "--t-g", "460", "--allow-state-change", "--json"
            }
        );
        INFO(allowed.err << allowed.out);
        CHECK(allowed.exit_code == 0);
        CHECK(has(allowed.out, "fitted across a changed specimen state as asked"));
    }
    CHECK(relaxctl({"fit", a, a, "--model", "chi-slope"}).exit_code == 0);
}

TEST_CASE("a stored run keeps the mask that its own fits had") {
    const Folder folder;
    const std::string csv = folder.write("r.csv", ramp("# T_g_K: 460\n", 330.0, 420.0));
    const std::string file = folder.file("c.sqlite");
    REQUIRE(relaxctl({"import", csv, "--database", file}).exit_code == 0);
    const auto points_of = [&] {
        const Outcome fit =
            relaxctl({"fit", "run:1", "--model", "dynamic", "--json", "--database", file});
        INFO(fit.err << fit.out);
        REQUIRE(fit.exit_code == 0);
        return number_after(fit.out, R"("n_points":)");
    };
    CHECK(points_of() == Approx(3 * 45));
    {
        auto store = store::RunStore::open(file);
        REQUIRE(store);
        REQUIRE(store->put_fact(1, "fit_T_max_K", "399"));
    }
    CHECK(points_of() == Approx(3 * 35));  // 330, 332 … 398 K
}

TEST_CASE("a segment can be fitted alone") {
    const Folder folder;
    std::string text = "segment," + std::string(moduli_header);
    std::istringstream lines(ramp("", 330.0, 420.0));
    std::string line;
    std::getline(lines, line);
    for (int i = 0; std::getline(lines, line); ++i) {
        text += (i < 60 ? "1," : "2,") + line + "\n";
    }
    const std::string csv = folder.write("s.csv", text);
    const auto points_of = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"fit", csv, "--model", "dynamic", "--t-g", "460", "--json"});
        const Outcome fit = relaxctl(words);
        INFO(fit.err << fit.out);
        REQUIRE(fit.exit_code == 0);
        return number_after(fit.out, R"("n_points":)");
    };
    CHECK(points_of({}) == Approx(135));
    CHECK(points_of({"--segment", "1"}) == Approx(60));
    CHECK(points_of({"--segment", "1", "--segment", "2"}) == Approx(135));
    const Outcome none = relaxctl({"fit", csv, "--model", "dynamic", "--segment", "7"});
    CHECK(none.exit_code == 2);
    CHECK(has(none.err, "its segments are 1 to 2"));
}

TEST_CASE("creep and tension of a material with known truth come back through files and keys") {
    const std::string data = std::string(RELAXD_SOURCE_DIR) + "/../shared/data/simulated_A/";
    if (!std::filesystem::exists(data + "truth.json")) {
        WARN("skipped: ../shared/data/simulated_A is not here");
        return;
    }
    const Folder folder;
    const std::string glass = folder.write(
        "glass.toml",
        "name = \"a\"\ntitle = \"a\"\nsource = \"truth.json\"\n[params]\nE_u_Pa = 3.42e10\n"
        "E_r_Pa = 3.15e10\nU_beta_J_mol = 86400.0\ntau_beta0_s = 9.3e-14\nB = 0.78\n"
        "A_an_per_Pa = 1.32e-11\nA_vp_per_Pa = 1.32e-11\nchi_Tg = 0.386\na1_per_K = 0.00262\n"
        "T_g_K = 457.3\nt0_s = 4.4e-7\nsigma1_Pa = 1.16e10\na2 = 5.3\n"
    );
    const Outcome creep = relaxctl(
        {"fit",
         data + "creep_25MPa.csv",
         data + "creep_50MPa.csv",
         "--model",
         "creep",
         "--material",
         glass,
         "--json"}
    );
    INFO(creep.err << creep.out);
    REQUIRE(creep.exit_code == 0);
    REQUIRE(has(creep.out, R"("status":"converged")"));
    CHECK(has(creep.out, R"("formulation":"hereditary")"));
    check_within(creep.out, "chi", 0.386, 4.0);  // 434 K is below T_g
    check_within(creep.out, "A_an_per_Pa", 1.32e-11, 4.0);
    const Outcome tension = relaxctl(
        {"fit",
         data + "tension_1.csv",
         data + "tension_2.csv",
         data + "tension_3.csv",
         "--model",
         "tension",
         "--material",
         glass,
         "--json"}
    );
    INFO(tension.err << tension.out);
    REQUIRE(tension.exit_code == 0);
    REQUIRE(has(tension.out, R"("status":"converged")"));
    check_within(tension.out, "sigma1_Pa", 1.16e10, 4.0);
    check_within(tension.out, "a2", 5.3, 4.0);
    // Without a material, tension names what is missing and creep goes on linearly.
    CHECK(has(fit_reason({data + "tension_1.csv", "--model", "tension"}), "E_u_Pa"));
    const Outcome linear =
        relaxctl({"fit", data + "creep_25MPa.csv", "--model", "creep", "--json"});
    CHECK(has(linear.out, R"("formulation":"linear")"));
    CHECK(has(linear.out, "fitted linear"));
}

TEST_CASE("bad data give no estimate and one sentence that says why") {
    const Folder folder;
    const auto sentence = [&](const std::string& model, const std::string& text) {
        const std::string reason = fit_reason({folder.write("x.csv", text), "--model", model});
        CHECK(reason.size() > 10);
        return reason;
    };
    const auto with = [](const std::string& storage, const std::string& loss) {
        std::ostringstream text;
        text << moduli_header;
        for (int i = 0; i < 100; ++i) {
            text << i << "," << 300 + 2 * i << ",1," << storage << "," << loss << ",,\n";
        }
        return text.str();
    };
    CHECK(has(sentence("dynamic", moduli_header), "no row has temperature_K"));
    CHECK(has(sentence("dynamic", ramp("# T_x_K: 300\n", 330, 420)), "masked"));
    CHECK(has(sentence("dynamic", with("-3e10", "1e8")), "zero or negative"));
    CHECK(has(sentence("dynamic", with("0", "0")), "zero or negative"));
    CHECK(has(sentence("dynamic", with("3e10", "-1e9")), "zero or negative"));
    CHECK(has(sentence("dynamic", with("34", "0.1")), "Pa"));
    CHECK(has(sentence("dynamic", with("1e8", "3e10")), "exceeds"));
    CHECK(has(sentence("chi-slope", ramp("", 330, 420)), "isothermal"));
    CHECK(has(sentence("beta-peaks", ramp("", 300, 320)), "peak"));
    CHECK(has(sentence("aging", "tan_delta,temperature_K\n0.05,300\n"), "no row has time_s"));
    CHECK(has(sentence("creep", "time_s,tan_delta\n1,0.05\n"), "no row has time_s and strain"));
    CHECK(has(sentence("tension", "time_s,strain\n1,0.05\n"), "no row has strain and stress"));
    CHECK(has(sentence("kww", "omega_rad_s,tan_delta\n1,0.05\n"), "no row has omega_rad_s"));
    CHECK(has(sentence("relaxation", "time_s,strain\n1,0.05\n"), "relaxation_modulus_Pa"));
    std::string huge = ramp("", 330, 420);
    for (std::size_t at = huge.find(",6e7,"); at != std::string::npos;
         at = huge.find(",6e7,", at)) {
        huge.replace(at, 5, ",6e27,");
    }
    CHECK(has(sentence("dynamic", huge), "standard deviations"));
}

TEST_CASE("too few rows of any test are no estimate") {
    const Folder folder;
    for (const auto& [model, text] : std::vector<std::pair<std::string, std::string>>{
             {"aging", "time_s,tan_delta\n0,0.06\n10,0.05\n"},
             {"creep", "# stress_Pa: 1e7\ntime_s,strain\n1,3e-4\n2,3.1e-4\n"},
             {"relaxation", "time_s,relaxation_modulus_Pa\n1,3e9\n2,2e9\n"},
             {"tension", "# strain_rate_per_s: 1e-4\nstrain,stress_Pa\n1e-3,3e7\n2e-3,6e7\n"},
             {"kww", "omega_rad_s,loss_modulus_Pa\n1,3e9\n2,2e9\n"},
             {"bergman", "omega_rad_s,loss_modulus_Pa\n1,3e9\n2,2e9\n"},
             {"qpd", "omega_rad_s,storage_modulus_Pa,loss_modulus_Pa\n1,3e9,1e8\n2,2e9,1e8\n"}
         }) {
        INFO(model);
        CHECK(fit_reason({folder.write("x.csv", text), "--model", model}).size() > 10);
    }
}

TEST_CASE("no model prints a number that is none") {
    const Folder folder;
    const std::string csv = folder.write("r.csv", ramp("# T_g_K: 460\n", 330.0, 420.0));
    for (const char* model :
         {"dynamic", "chi-slope", "beta-peaks", "alpha-peaks", "master-curve", "transitions"}) {
        INFO(model);
        for (const Outcome& fit :
             {relaxctl({"fit", csv, "--model", model}),
              relaxctl({"fit", csv, "--model", model, "--json"})}) {
            INFO(fit.err << fit.out);
            CHECK(fit.exit_code == 0);
            CHECK_FALSE(has(fit.out, "nan"));
            CHECK_FALSE(has(fit.out, "inf,"));
            CHECK_FALSE(has(fit.out, "1e99999"));
        }
    }
}

}  // namespace relaxd::test
