// SPDX-License-Identifier: MIT
//
// relaxctl without a daemon: import, export, fit, digest, verify, and what it says to bad input.
#include "tests/tools/command.hpp"

#include <cmath>
#include <sstream>

namespace relaxd::test {

namespace {

/// Three isothermal sweeps with tan delta ~ omega^-chi: the recipe must return chi.
std::string sweeps(double chi) {
    std::ostringstream text;
    text.precision(17);
    text << "# specimen: plate 7 a\n# T_g_K: 453\n# operator note: kept\n"
         << "time_s,temperature_K,frequency_Hz,storage_modulus_Pa,loss_modulus_Pa,my_channel\n";
    double time_s = 0.0;
    for (const double temperature_K : {440.0, 450.0, 460.0}) {
        for (const double frequency_Hz : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0}) {
            const double storage = 30e9;
            text << (time_s += 10.0) << "," << temperature_K << "," << frequency_Hz << ","
                 << storage << "," << storage * 0.02 * std::pow(frequency_Hz, -chi) << ",7\n";
        }
    }
    return text.str();
}

void require_one_sentence(const Outcome& outcome) {
    INFO(outcome.err);
    REQUIRE(outcome.err.starts_with("relaxctl: "));
    REQUIRE(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

}  // namespace

TEST_CASE("an imported file becomes a completed run with one segment a step") {
    const Folder folder;
    const std::string csv = folder.write("sweeps.csv", sweeps(0.4));
    const std::string database = folder.file("c.sqlite");
    const Outcome imported = relaxctl({"import", csv, csv, "--database", database, "--json"});
    INFO(imported.err);
    REQUIRE(imported.exit_code == 0);
    REQUIRE(
        imported.out ==
        "{\"runs\":[{\"run_id\":1,\"points\":21,\"warnings\":[]},"
        "{\"run_id\":2,\"points\":21,\"warnings\":[]}]}\n"
    );
    const Outcome shown = relaxctl({"run", "show", "1", "--database", database, "--json"});
    REQUIRE(shown.exit_code == 0);
    REQUIRE(has(shown.out, R"("instrument":"import")"));
    REQUIRE(has(shown.out, R"("specimen":"plate 7 a")"));
    REQUIRE(has(shown.out, R"("state":"completed")"));
    REQUIRE(has(shown.out, R"("last_seq":22)"));
    REQUIRE(has(shown.out, R"("simulated":0)"));
    const Outcome whole = relaxctl({"export", "1", "--format", "json", "--database", database});
    REQUIRE(has(whole.out, R"("segment":3)"));
    REQUIRE(has(whole.out, R"("operator note":"kept")"));
    REQUIRE(relaxctl({"verify", database}).exit_code == 0);
    REQUIRE(has(relaxctl({"run", "list", "--database", database}).out, "plate 7 a"));
}

TEST_CASE("export and import are inverse: same numbers, same file") {
    const Folder folder;
    const std::string csv = folder.write("sweeps.csv", sweeps(0.4));
    const std::string first = folder.file("a.sqlite");
    const std::string second = folder.file("b.sqlite");
    REQUIRE(relaxctl({"import", csv, "--database", first}).exit_code == 0);
    const std::string out = folder.file("one.csv");
    REQUIRE(
        relaxctl({"export", "1", "--format", "csv", "-o", out, "--database", first}).exit_code == 0
    );
    REQUIRE(has(folder.read("one.csv"), "\ntime_s,segment,temperature_K,frequency_Hz,"));
    REQUIRE(has(folder.read("one.csv"), "my_channel"));
    REQUIRE(relaxctl({"import", out, "--database", second}).exit_code == 0);
    const Outcome again = relaxctl({"export", "1", "--format", "csv", "--database", second});
    const auto rows_of = [](const std::string& text) { return text.substr(text.find("\ntime_s")); };
    REQUIRE(rows_of(again.out) == rows_of(folder.read("one.csv")));
    // The same bytes each time: data_sha256 is taken over them.
    REQUIRE(again.out == relaxctl({"export", "1", "--database", second}).out);
}

TEST_CASE("a simulated run stays marked when it comes back from a file") {
    const Folder folder;
    const std::string csv = folder.write("s.csv", "# simulated: 1\n" + sweeps(0.3));
    const std::string database = folder.file("c.sqlite");
    REQUIRE(relaxctl({"import", csv, "--database", database}).exit_code == 0);
    REQUIRE(has(
        relaxctl({"run", "show", "1", "--database", database, "--json"}).out, R"("simulated":1)"
    ));
    REQUIRE(has(relaxctl({"export", "1", "--database", database}).out, "# simulated: 1\n"));
}

TEST_CASE("chi-slope of power-law sweeps returns their exponent, from file and from run") {
    const Folder folder;
    const std::string csv = folder.write("sweeps.csv", sweeps(0.4));
    const Outcome fit = relaxctl({"fit", csv, "--model", "chi-slope", "--json"});
    INFO(fit.err << fit.out);
    REQUIRE(fit.exit_code == 0);
    REQUIRE(has(fit.out, R"("model":"chi-slope")"));
    const std::string key = R"("chi_slope":{"value":)";
    std::size_t count = 0;
    for (std::size_t at = fit.out.find(key); at != std::string::npos; at = fit.out.find(key, at)) {
        at += key.size();
        double value = 0.0;
        std::istringstream(fit.out.substr(at, 24)) >> value;
        REQUIRE(value == Approx(0.4).margin(1e-6));
        ++count;
    }
    REQUIRE(count == 3);

    const std::string database = folder.file("c.sqlite");
    REQUIRE(relaxctl({"import", csv, "--database", database}).exit_code == 0);
    const Outcome of_run =
        relaxctl({"fit", "run:1", "--model", "chi-slope", "--json", "--database", database});
    REQUIRE(of_run.exit_code == 0);
    // data_sha256 is that of the export's bytes.
    const std::string out = folder.file("x.csv");
    REQUIRE(relaxctl({"export", "1", "--database", database, "-o", out}).exit_code == 0);
    const Outcome of_export = relaxctl({"fit", out, "--model", "chi-slope", "--json"});
    const auto hash_of = [](const std::string& text) {
        return text.substr(text.find("data_sha256"), 80);
    };
    REQUIRE(hash_of(of_run.out) == hash_of(of_export.out));
    REQUIRE(hash_of(of_run.out) != hash_of(fit.out));
}

TEST_CASE("a file without rows becomes a run without points, and says so") {
    const Folder folder;
    const std::string csv = folder.write("empty.csv", "time_s,temperature_K\n");
    const std::string database = folder.file("c.sqlite");
    const Outcome imported = relaxctl({"import", csv, "--database", database, "--json"});
    REQUIRE(imported.exit_code == 0);
    REQUIRE(has(imported.out, R"("points":0,"warnings":[")"));
    REQUIRE(relaxctl({"verify", database}).exit_code == 0);
}

TEST_CASE("a fit without result says why and exits 0") {
    const Folder folder;
    const std::string csv = folder.write("two.csv", "temperature_K,strain\n300,0.1\n301,0.2\n");
    const Outcome fit = relaxctl({"fit", csv, "--model", "dynamic", "--json"});
    REQUIRE(fit.exit_code == 0);
    REQUIRE(has(fit.out, R"("status":"no_estimate","reason":")"));
}

TEST_CASE("digests agree for the same file and not for another") {
    const Folder folder;
    const auto digest_of = [&](double chi, const std::string& name) {
        const std::string csv = folder.write("d.csv", sweeps(chi));
        const std::string database = folder.file(name);
        REQUIRE(relaxctl({"import", csv, "--database", database}).exit_code == 0);
        const Outcome found = relaxctl({"digest", database, "--run", "1"});
        REQUIRE(found.exit_code == 0);
        REQUIRE(found.out.size() == 65);
        return found.out;
    };
    const std::string one = digest_of(0.4, "a.sqlite");
    REQUIRE(one == digest_of(0.4, "b.sqlite"));
    REQUIRE(one != digest_of(0.41, "c.sqlite"));
    REQUIRE(relaxctl({"digest", folder.file("a.sqlite"), "--run", "7"}).exit_code == 4);
}

TEST_CASE("bad input gets one sentence, the right exit code, and changes nothing") {
    const Folder folder;
    const std::string csv = folder.write("sweeps.csv", sweeps(0.4));
    const std::string bad = folder.write("bad.csv", "temperature_K,frequency_Hz\n300,ten\n");
    const std::string foreign = folder.write("foreign.sqlite", "this is not a database, at all");
    const std::string none = folder.file("none.sqlite");
    const std::string head = "relaxd-traffic 1 instrument=dma1 driver=q800_class\n";
    const std::string chunk = "5 2026-01-31T12:00:00.123456Z | 6 opened\n";
    const std::string trace = folder.write("t.traffic", head + chunk);
    const std::string cut = folder.write("cut.traffic", head + chunk + chunk.substr(0, 30));
    const std::string amid = folder.write("amid.traffic", head);
    const std::string place = "tcp://127.0.0.1:0";
    const std::vector<std::pair<int, std::vector<std::string>>> cases{
        {1, {"fit", folder.file("nothing.csv"), "--model", "dynamic"}},
        {1, {"fit", bad, "--model", "dynamic"}},
        {1, {"import", folder.file("nothing.csv"), "--database", none}},
        {1, {"import", csv, bad, "--database", none}},
        {1, {"import", csv, "--database", foreign}},
        {1, {"verify", none}},
        {1, {"verify", foreign}},
        {1, {"digest", none}},
        {1, {"run", "list", "--database", none}},
        {1, {"check", folder.file("nothing.toml")}},
        {5, {"replay", "1"}},
        {1, {"replay", "1", "--database", none}},
        {5, {"score", "1"}},
        {1, {"replay-traffic", folder.file("nothing.traffic"), "--listen", place}},
        {1, {"replay-traffic", csv, "--listen", place}},
        {1, {"replay-traffic", cut, "--listen", place}},
        {1, {"replay-traffic", amid, "--listen", place}},
        {2, {"replay-traffic", trace}},
        {2, {"replay-traffic", trace, "--listen", place, "--pty", "x"}},
        {2, {"replay-traffic", trace, "--listen", "127.0.0.1:5"}},
        {2, {"replay-traffic", trace, "--listen", "tcp://127.0.0.1:99999"}},
        {2, {"replay-traffic", trace, "--listen", "tcp://nowhere:5"}},
        {2, {"replay-traffic", trace, "--listen", place, "--speed", "0"}},
        {3, {"replay-traffic", trace, "--pty", csv}},
        {5, {"instrument", "trace", "dma1", "on"}},
        {2, {"instrument", "trace", "dma1", "maybe"}},
        {1, {"model", "eval", folder.file("nothing.json")}},
        {1, {"export", "1", "--format", "hdf5", "--database", none}},
        {2, {"import", csv}},
        {2, {"fit", csv, "--model", "dynamik"}},
        {2, {"fit", csv, "--model", "dynamic", "--fix", "chi_TG=0.4"}},
        {2, {"fit", csv, "--model", "dynamic", "--fix", "chi_Tg=much"}},
        {2, {"fit", csv, "--model", "dynamic", "--fix", "E_r_Pa=1", "--fix", "A_beta_per_Pa=1"}},
        {2, {"fit", csv, "--model", "dynamic", "--prior", "T_g_K=453"}},
        {2, {"fit", csv, "--model", "dynamic", "--prior", "T_g_K=453+-0"}},
        {2, {"fit", csv, "--model", "dynamic", "--form", "exakt"}},
        {2, {"fit", csv, "--model", "dynamic", "--t-g", "nan"}},
        {2, {"fit", csv, "--model", "dynamic", "--t-g", "453", "--prior", "T_g_K=453+-3"}},
        {2, {"fit", csv, "--model", "dynamic", "--formulation", "linear"}},
        {2, {"fit", csv, "--model", "creep", "--formulation", "linnear"}},
        {2, {"fit", csv, "--model", "dynamic", "--free", "fast_bta"}},
        {2, {"fit", csv, "--model", "dynamic", "--scale-error", "-1"}},
        {2, {"fit", csv, "--model", "dynamic", "--t-g", "inf"}},
        {2, {"status", "--url", "ftp://127.0.0.1:9"}},
        {4, {"material", "show", "unobtainium"}},
        {5, {"status"}},
        {5, {"run", "watch", "1"}},
        {5, {"run", "stop", "1"}},
    };
    for (const auto& [exit_code, words] : cases) {
        std::string line;
        for (const std::string& word : words) {
            line += " " + word;
        }
        INFO(line);
        const Outcome outcome = relaxctl(words);
        REQUIRE(outcome.exit_code == exit_code);
        require_one_sentence(outcome);
        std::vector<std::string> with_json = words;
        with_json.emplace_back("--json");
        const Outcome said = relaxctl(with_json);
        REQUIRE(said.exit_code == exit_code);
        REQUIRE(said.out.starts_with("{\"error\":{\"code\":\""));
    }
    REQUIRE_FALSE(std::filesystem::exists(none));
    REQUIRE(folder.read("foreign.sqlite") == "this is not a database, at all");
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {},
             {"nonsense"},
             {"run"},
             {"run", "show"},
             {"fit", csv},
             {"fit", csv, "--model", "dynamic", "--t-g", "453K"},
             {"status", "--nonsense"}
         }) {
        const Outcome outcome = relaxctl(words);
        REQUIRE(outcome.exit_code == 2);
        require_one_sentence(outcome);
    }
    const Outcome slip = relaxctl({"--json", "run", "wach", "1"});
    REQUIRE(slip.exit_code == 2);
    REQUIRE(has(slip.err, "there is no verb 'wach' (did you mean 'watch'?)"));
    REQUIRE(slip.out.starts_with("{\"error\":{\"code\":\"invalid\""));
    REQUIRE(has(relaxctl({"exprot", "1"}).err, "'export'"));
    REQUIRE(relaxctl({"--help"}).exit_code == 0);
}

TEST_CASE("priors take both signs, and one option takes one word") {
    const Folder folder;
    const std::string csv = folder.write("sweeps.csv", sweeps(0.4));
    for (const char* prior : {"T_g_K=453+-3", "T_g_K=453±3"}) {
        const Outcome fit = relaxctl(
            {"fit", "--model", "chi-slope", "--prior", prior, "--fix", "B=1", csv, "--json"}
        );
        INFO(fit.err);
        REQUIRE(fit.exit_code == 0);
    }
}

TEST_CASE("materials are listed and shown with what is assumed") {
    const Outcome list = relaxctl({"material", "list", "--json"});
    REQUIRE(list.exit_code == 0);
    REQUIRE(list.out.starts_with("[{\"name\":"));
    for (const char* name : {"la60ni15al25", "silica", "sorbitol", "zr50cu40al10-dy2"}) {
        REQUIRE(has(list.out, "\"" + std::string(name) + "\""));
    }
    const Outcome shown = relaxctl({"material", "show", "la60ni15al25", "--json"});
    REQUIRE(has(shown.out, R"("assumed":["B")"));
    REQUIRE(has(shown.out, R"("T_g_K":4.53E2)"));
    REQUIRE(has(shown.out, ":null"));
}

TEST_CASE("check validates a method without an instrument") {
    const Folder folder;
    const std::string good = folder.write(
        "good.toml",
        "mode = \"multi-frequency-strain\"\nclamp = \"single-cantilever\"\namplitude = \"15 um\"\n"
        "frequencies = [\"1 Hz\"]\n"
        "segments = [\"Equilibrate at 300 K\", \"Ramp 3 K/min to 550 K\"]\n"
    );
    const Outcome valid = relaxctl({"check", good, "--json"});
    INFO(valid.err);
    REQUIRE(valid.exit_code == 0);
    REQUIRE(has(valid.out, "Ramp 3 K/min to 550 K"));
    REQUIRE(has(valid.out, R"("understood":{"mode":"multi-frequency-strain")"));
    REQUIRE(has(valid.out, R"("frequencies_Hz":[1E0])"));
    const Outcome told = relaxctl({"check", good});
    REQUIRE(told.exit_code == 0);
    REQUIRE(has(told.out, "amplitude_m = 1.5e-05"));
    REQUIRE(has(told.out, "segment 2: Ramp 3 K/min to 550 K"));
    const std::string bad = folder.write(
        "bad.toml", "mode = \"creep\"\nclamp = \"tension\"\nsegments = [\"Rampp 3 K/min to 5 K\"]\n"
    );
    const Outcome refused = relaxctl({"check", bad});
    REQUIRE(refused.exit_code == 2);
    REQUIRE(has(refused.err, "bad.toml:3"));
    REQUIRE(relaxctl({"check", good, "--instrument", "dma1"}).exit_code == 5);
}

}  // namespace relaxd::test
