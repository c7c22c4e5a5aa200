// SPDX-License-Identifier: MIT
//
// relaxctl: the operator's command line (CONTRACT 1). Words in, one verb called, its exit code out.
#include "schema/base/nearest.hpp"
#include "tools/ctl/verbs.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::ctl {

namespace {

/// Everything the words of the command line can set.
struct Words {
    Globals globals;
    std::string id;
    std::string name;
    std::string state;
    std::string file;
    std::string instrument;
    std::string format = "csv";
    std::string output;
    std::string run_id;
    std::vector<std::string> files;
    double reconnect_s = 60.0;
    StartOptions start;
    FitVerb fit;
    ReplayTraffic traffic;
    MakeCalibration calibration;
    Recompute recompute;
    WaveformVerb waveform;
    bool as_text = false;
};

using Act = std::function<int()>;

class CommandLine {
  public:
    CommandLine() {
        app_.require_subcommand(1);
        app_.fallthrough();
        app_.set_help_all_flag("--help-all", "Help of all verbs");
        Globals& globals = words_.globals;
        const char* url = std::getenv("RELAXD_URL");
        globals.url = url != nullptr && *url != '\0' ? url : "http://127.0.0.1:8737";
        app_.add_option("--url", globals.url, "The daemon (else RELAXD_URL)");
        app_.add_option("--database", globals.database, "A campaign file, read without a daemon");
        app_.add_option("--lease", globals.lease, "Lease number, where somebody holds control");
        app_.add_flag("--json", globals.json, "Machine-readable output");
        add_daemon_verbs();
        add_run_verbs();
        add_file_verbs();
        add_fit_verb();
        add_comparing_verbs();
        add_knowledge_verbs();
        add_traffic_verb();
        add_calibration_verbs();
    }

    int run(int argc, char** argv) {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            if (error.get_exit_code() == 0) {
                return app_.exit(error);  // --help
            }
            const std::vector<std::string> words(argv, argv + argc);
            words_.globals.json = std::find(words.begin(), words.end(), "--json") != words.end();
            return complain(error.what());
        }
        return act_ ? act_() : exit_usage;
    }

  private:
    /// Says which word was not understood where the parser only misses another one.
    int complain(std::string message) {
        std::string hint = "relaxctl --help-all shows all verbs and their options";
        const std::vector<std::string> left = app_.remaining(true);
        const auto chosen = app_.get_subcommands();
        const CLI::App* place = chosen.empty() ? &app_ : chosen.front();
        std::vector<std::string_view> known;
        for (const CLI::App* verb : place->get_subcommands([](const CLI::App*) { return true; })) {
            known.emplace_back(verb->get_name());
        }
        if (!left.empty() && !left.front().starts_with('-') && !known.empty()) {
            message = "there is no verb '" + left.front() + "'";
            hint = "did you mean '" + std::string(nearest(left.front(), known)) + "'?";
        }
        return report(words_.globals, {Errc::invalid, std::move(message), "", hint});
    }

    CLI::App* verb(CLI::App* parent, const char* name, const char* help, Act act) {
        CLI::App* added = parent->add_subcommand(name, help);
        added->fallthrough();
        added->callback([this, act = std::move(act)] { act_ = act; });
        return added;
    }

    CLI::App* group(const char* name, const char* help) {
        CLI::App* added = app_.add_subcommand(name, help);
        added->require_subcommand(1);
        added->fallthrough();
        return added;
    }

    void add_daemon_verbs() {
        const Globals& globals = words_.globals;
        verb(&app_, "status", "The daemon at a glance", [&] { return show_status(globals); });
        CLI::App* instrument = group("instrument", "Configured instruments");
        verb(instrument, "list", "All instruments", [&] { return list_instruments(globals); });
        CLI::App* trace = verb(instrument, "trace", "Record the traffic of its link", [&] {
            return switch_trace(globals, words_.name, words_.state);
        });
        trace->add_option("name", words_.name, "Its name")->required();
        trace->add_option("state", words_.state, "on or off")->required();
        verb(&app_, "ports", "Serial ports with their USB identity", [&] {
            return list_ports(globals);
        });
        CLI::App* check =
            verb(&app_, "check", "Validate a method, and against an instrument's limits", [&] {
                return check_method(
                    globals, words_.file, words_.instrument, words_.start.specimen_file
                );
            });
        check->add_option("method", words_.file, "The method's TOML file")->required();
        check->add_option("--instrument", words_.instrument, "Its name");
        check->add_option("--specimen", words_.start.specimen_file, "JSON, for the forecast");
    }

    void add_run_verbs() {
        const Globals& globals = words_.globals;
        CLI::App* run = group("run", "Runs: start, follow, list, show, watch, pause, …");
        CLI::App* start = verb(run, "start", "Start a run; prints its id", [&] {
            return start_run(globals, words_.start);
        });
        start->add_option("--instrument", words_.start.instrument, "Its name")->required();
        start->add_option("--method", words_.start.method_file, "TOML file")->required();
        start->add_option("--specimen", words_.start.specimen_file, "JSON file");
        CLI::App* follow = verb(run, "follow", "Record what a read-only instrument measures", [&] {
            words_.start.follow = true;
            return start_run(globals, words_.start);
        });
        follow->add_option("instrument", words_.start.instrument, "Its name")->required();
        follow->add_option("--method", words_.start.method_file, "How its rows are read (TOML)");
        follow->add_option("--specimen", words_.start.specimen_file, "JSON file");
        verb(run, "list", "All runs", [&] { return list_runs(globals); });
        CLI::App* show = verb(run, "show", "One run", [&] { return show_run(globals, words_.id); });
        show->add_option("id", words_.id, "run_id or uuid")->required();
        CLI::App* watch = verb(run, "watch", "Follow a run until it ends", [&] {
            return watch_run(globals, words_.id, words_.reconnect_s);
        });
        watch->add_option("id", words_.id, "run_id or uuid")->required();
        watch->add_option("--reconnect", words_.reconnect_s, "Wait so many s for a lost daemon")
            ->check(CLI::NonNegativeNumber)
            ->capture_default_str();
        static constexpr std::array<std::pair<const char*, const char*>, 5> commands{
            {{"pause", "Hold the temperature, stop the motion"},
             {"resume", "Go on after a pause"},
             {"stop", "End the method and cool down"},
             {"abort", "End at once"},
             {"unfollow", "End the record of a read-only instrument, which goes on"}}
        };
        for (const auto& [name, help] : commands) {
            CLI::App* command = verb(run, name, help, [&globals, this, verb_name = name] {
                return command_run(globals, verb_name, words_.id);
            });
            command->add_option("id", words_.id, "run_id or uuid")->required();
        }
    }

    void add_file_verbs() {
        const Globals& globals = words_.globals;
        CLI::App* import = verb(&app_, "import", "Files into a campaign (needs --database)", [&] {
            if (globals.database.empty()) {
                return report(
                    globals,
                    {Errc::invalid,
                     "import needs the campaign file to write to",
                     "--database",
                     "add --database FILE"}
                );
            }
            return import_files(globals, words_.files);
        });
        import->add_option("file", words_.files, "Files to import")->required();
        CLI::App* out = verb(&app_, "export", "One run as CSV or JSON", [&] {
            return export_run(globals, words_.id, words_.format, words_.output);
        });
        out->add_option("id", words_.id, "run_id or uuid")->required();
        out->add_option("--format", words_.format, "csv (default) or json");
        out->add_option("-o,--output", words_.output, "File to write; else stdout");
        CLI::App* score =
            verb(&app_, "score", "A simulated run's estimates against the truth", [&] {
                return score_run(globals, words_.id);
            });
        score->add_option("run", words_.id, "run_id or uuid")->required();
        CLI::App* again = verb(&app_, "replay", "Stored fits, computed again bit for bit", [&] {
            return replay_run(globals, words_.id);
        });
        again->add_option("run", words_.id, "run_id or uuid")->required();
        CLI::App* verify = verb(&app_, "verify", "Is a campaign file sound?", [&] {
            return verify_file(globals, words_.file);
        });
        verify->add_option("file", words_.file, "The campaign file")->required();
        CLI::App* digest = verb(&app_, "digest", "One SHA-256 over what was measured", [&] {
            return digest_file(globals, words_.file, words_.run_id);
        });
        digest->add_option("file", words_.file, "The campaign file")->required();
        digest->add_option("--run", words_.run_id, "Only this run");
    }

    void add_fit_verb() {
        FitVerb& fit = words_.fit;
        CLI::App* verb_fit = verb(&app_, "fit", "The live fits on files or run:ID", [&] {
            return fit_inputs(words_.globals, words_.fit);
        });
        verb_fit->add_option("input", fit.inputs, "Files, or run:ID; fitted jointly")->required();
        verb_fit->add_option("--model", fit.model, models_)->required();
        add_fit_options(verb_fit);
        verb_fit->add_option(
            "--formulation", fit.formulation, "hereditary, eq16 or linear; spline, kww or eq9"
        );
        verb_fit->add_option("--stress", fit.stress, "Of tension: engineering or true");
        verb_fit->add_option("--segment", fit.segments, "Only this segment; may be repeated")
            ->allow_extra_args(false);
        verb_fit->add_option("--tie", fit.tied, "T_g: one for inputs of different heating rate")
            ->allow_extra_args(false);
        verb_fit->add_flag("--profile", fit.wants_profiles, "95 % intervals by profile too");
        verb_fit->add_flag(
            "--alternatives", fit.wants_alternatives, "Fit the listed alternatives too (AIC, BIC)"
        );
        verb_fit->add_flag(
            "--allow-state-change",
            fit.allows_state_change,
            "Fit inputs jointly though their specimens differ"
        );
    }

    /// What `fit`, `summary` and `compare` share.
    void add_fit_options(CLI::App* to) {
        FitVerb& fit = words_.fit;
        const auto one_each = [to](const char* name, auto& list, const char* help) {
            to->add_option(name, list, help)->allow_extra_args(false);
        };
        one_each("--fix", fit.fixed, "NAME=VALUE");
        one_each("--free", fit.freed, "NAME");
        one_each("--prior", fit.priors, "NAME=MEAN+-SD");
        to->add_option("--form", fit.form, "printed, gamma or exact");
        to->add_option("--t-g", fit.T_g_K, "T_g in K, fixed");
        to->add_option("--material", fit.material, "Name or file: what data cannot give");
        to->add_option("--scale-error", fit.scale_error, "Relative s.d. of the modulus scale");
        to->add_option(
            "--temperature-error", fit.temperature_error_K, "S.d. of a common offset of T, in K"
        );
    }

    void add_comparing_verbs() {
        const Globals& globals = words_.globals;
        FitVerb& fit = words_.fit;
        constexpr const char* runs = "Run ids, or files";
        CLI::App* summary =
            verb(&app_, "summary", "Scatter between specimens against the fits' errors", [&] {
                return summarise_runs(globals, words_.fit);
            });
        summary->add_option("run", fit.inputs, runs)->required();
        fit.model = "dynamic";
        summary->add_option("--model", fit.model, "As of fit; dynamic if not given");
        add_fit_options(summary);
        CLI::App* difference =
            verb(&app_, "difference", "E', E'' and tan delta of A less those of B", [&] {
                return difference_runs(globals, words_.files.at(0), words_.files.at(1));
            });
        difference->add_option("run", words_.files, "Two run ids, or files")
            ->required()
            ->expected(2);
        CLI::App* compare =
            verb(&app_, "compare", "Parameters of runs under the same conditions", [&] {
                return compare_runs(globals, words_.fit);
            });
        compare->add_option("run", fit.inputs, runs)->required();
        add_fit_options(compare);
    }

    void add_knowledge_verbs() {
        const Globals& globals = words_.globals;
        CLI::App* material = group("material", "Materials with their sources");
        verb(material, "list", "Built-in materials", [&] { return list_materials(globals); });
        CLI::App* show = verb(material, "show", "One material", [&] {
            return show_material(globals, words_.name);
        });
        show->add_option("name", words_.name, "Name, or a TOML file")->required();
        CLI::App* model = group("model", "The equations of the model library");
        verb(model, "list", "Every equation with its inputs", [&] { return list_models(globals); });
        CLI::App* eval = verb(model, "eval", "Evaluate equations: JSON in, JSON out", [&] {
            return evaluate_calls(globals, words_.file);
        });
        eval->add_option("input", words_.file, "JSON file, - for stdin")->required();
    }

    /// What writes sets needs the file itself.
    Act with_database(Act act) {
        return [this, act = std::move(act)] {
            if (words_.globals.database.empty()) {
                return report(
                    words_.globals,
                    {Errc::invalid,
                     "calibration sets are written to a campaign file",
                     "--database",
                     "add --database FILE; relaxd must not hold it"}
                );
            }
            return act();
        };
    }

    void add_calibration_verbs() {
        const Globals& globals = words_.globals;
        MakeCalibration& asked = words_.calibration;
        CLI::App* sets = group("calibration", "Calibration sets of a campaign");
        verb(sets, "list", "All sets and versions", [&] { return list_calibrations(globals); });
        CLI::App* show = verb(sets, "show", "The newest version of a set", [&] {
            return show_calibration(globals, words_.name, words_.as_text);
        });
        show->add_option("name", words_.name, "Its name")->required();
        show->add_flag("--text", words_.as_text, "As `calibration add` reads it");
        CLI::App* add = verb(
            sets, "add", "A set from another campaign, written by show --text", with_database([&] {
                return add_calibration(globals, words_.file);
            })
        );
        add->add_option("file", words_.file, "The set")->required();
        CLI::App* make =
            verb(sets, "make", "A new set, or version, from runs or onsets", with_database([&] {
                     return make_calibration(globals, asked);
                 }));
        make->add_option("name", asked.name, "Its name")->required();
        make->add_option(
                "--kind", asked.kind, "empty, steel, temperature, pendulum_empty or pendulum_bar"
        )
            ->required();
        make->add_option("--run", asked.runs, "A stored run; may be repeated")
            ->allow_extra_args(false);
        make->add_option(
            "--modulus", asked.modulus, "Of the bars in Pa (pendulum: G): 2.0e11+-1e9"
        );
        make->add_option("--tan-delta", asked.tan_delta, "Of the bars; else 0");
        make->add_option("--modulus-slope", asked.slope_per_K, "Relative, 1/K; else 0");
        make->add_option("--with", asked.with, "The empty set to subtract from the bars");
        make->add_option("--onsets", asked.onsets, "CSV: true_K, onset_K, rate_K_per_min");
        make->add_option("--clamp", asked.clamp, "Of a temperature set; else every clamp");
        make->add_option("--instrument", asked.instrument, "Of a temperature set");
        make->add_option("--serial", asked.serial_number, "Of a temperature set");
        make->add_option("--notes", asked.notes, "Kept with it");
        add_recompute_verb();
    }

    void add_recompute_verb() {
        Recompute& again = words_.recompute;
        CLI::App* verb_again =
            verb(&app_, "recompute", "A run's moduli from its raw columns, as CSV", [&] {
                return recompute_run(words_.globals, words_.recompute);
            });
        verb_again->add_option("run", again.run, "run:ID")->required();
        verb_again->add_option("--clamp-factor", again.clamp_factor, "F, or F+-SD");
        verb_again->add_option("--poisson", again.poisson_ratio, "nu, or nu+-SD");
        verb_again->add_option("--compliance", again.compliance, "m/N, beside a steel set's");
        verb_again->add_option("--clamp-mass", again.mass, "kg, beyond an empty set's");
        verb_again->add_option("--calibration", again.calibrations, "NAME or NAME@VERSION")
            ->allow_extra_args(false);
        verb_again->add_option("-o,--output", again.output, "File to write; else stdout");
        add_waveform_verbs();
    }

    void add_waveform_verbs() {
        Recompute& again = words_.recompute;
        const char* what = "A pendulum run from its stored raw periods again, as CSV";
        CLI::App* parse = verb(&app_, "reparse", what, [&] {
            words_.recompute.from_waveforms = true;
            return recompute_run(words_.globals, words_.recompute);
        });
        parse->add_option("run", again.run, "run:ID")->required();
        parse->add_option("--calibration", again.calibrations, "NAME or NAME@VERSION")
            ->allow_extra_args(false);
        parse->add_option("-o,--output", again.output, "File to write; else stdout");
        WaveformVerb& raw = words_.waveform;
        CLI::App* show = verb(&app_, "waveform", "A pendulum's raw periods in volts, as CSV", [&] {
            return print_waveforms(words_.globals, words_.waveform);
        });
        show->add_option("run", raw.run, "run:ID")->required();
        show->add_option("--seq", raw.seq, "Of one point; else of all");
        show->add_option("-o,--output", raw.output, "File to write; else stdout");
    }

    void add_traffic_verb() {
        ReplayTraffic& traffic = words_.traffic;
        CLI::App* replay =
            verb(&app_, "replay-traffic", "A recorded trace plays the instrument", [&] {
                return replay_traffic(words_.globals, traffic);
            });
        replay->add_option("file", traffic.file, "The trace")->required();
        replay->add_option("--listen", traffic.listen, "tcp://ADDRESS:PORT, port 0 = any");
        replay->add_option("--pty", traffic.pty, "Path of the serial line to make");
        replay->add_option("--speed", traffic.speed, "So many times faster than recorded");
    }

    static constexpr const char* models_ =
        "dynamic (isochronal, isothermal), chi-slope, beta-peaks, alpha-peaks, creep, aging, "
        "tension, master-curve, qpd, kww, bergman, relaxation or transitions";
    Words words_;
    Act act_;
    CLI::App app_{"relaxctl: runs, data and fits of relaxd from the command line", "relaxctl"};
};

}  // namespace

}  // namespace relaxd::ctl

int main(int argc, char** argv) {
    // A reader that goes away (relaxctl … | head) ends writing, not with a message.
    static_cast<void>(std::signal(SIGPIPE, SIG_DFL));
    try {
        relaxd::ctl::CommandLine line;
        return line.run(argc, argv);
    } catch (const std::exception& error) {
        relaxd::ctl::say(error.what());
        return relaxd::ctl::exit_other;
    }
}
