// SPDX-License-Identifier: MIT
//
// POST /runs: arms and starts in one step. A failure at any step leaves no half-applied run: either
// nothing was created, or the run has its end with a cause and the instrument is safe.
#include "daemon/core/io_thread.hpp"
#include "daemon/core/logging.hpp"
#include "daemon/run/follow_run.hpp"
#include "daemon/run/laboratory_core.hpp"
#include "daemon/run/set_geometry.hpp"
#include "model/estimate/estimate.hpp"
#include "model/geometry/torsion.hpp"
#include "schema/base/number.hpp"
#include "schema/base/version.hpp"
#include "schema/wire/wire.hpp"

#include <boost/json/serialize.hpp>

#include <cmath>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr double first_attempt_limit_s = 5.0;

/// Gives the instrument back when a start ends, however it ends.
class Reservation {
  public:
    Reservation(std::set<std::string>& names, std::string name, Notifier& ended)
        : names_(names), name_(std::move(name)), ended_(ended) {
        names_.insert(name_);
    }
    ~Reservation() {
        names_.erase(name_);
        ended_.notify_all();
    }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

  private:
    std::set<std::string>& names_;
    std::string name_;
    Notifier& ended_;
};

/// What is wrong with a method, whoever found it: never a conflict with the present state.
tl::unexpected<Error> invalid_method(Error error) {
    error.code = Errc::invalid;
    error.message = "invalid_method: " + error.message;
    return fail(std::move(error));
}

tl::unexpected<Error> busy(const std::string& instrument, const std::string& why) {
    return fail(
        Errc::refused,
        "instrument_busy: " + instrument + " " + why,
        instrument,
        "wait for its end, or stop it"
    );
}

bool is_mine_to_use(drivers::State state) {
    return state == drivers::State::idle || state == drivers::State::cooling ||
           state == drivers::State::armed;
}

using Facts = std::vector<std::pair<std::string, std::string>>;

Facts facts_of(const RunIdentity& identity, const drivers::Identity& instrument) {
    const FitPlan plan =
        make_fit_plan(identity.method, identity.executed, identity.specimen, identity.given);
    const double T_max_K = plan.options.T_max_K;
    Facts facts{
        {"run_token", identity.token},
        {"instrument_identity", instrument.text()},
        {"instrument_serial_number", instrument.serial_number},
        {"fit_T_max_K", std::isfinite(T_max_K) ? relaxd::to_text(T_max_K) : std::string{}},
        {"fit_options", model::canonical_text(plan.options_for("dynamic"))},
        {"specimen_json", boost::json::serialize(wire::to_json(identity.run_id, identity.specimen))
        },
    };
    for (const auto& [what, name] : instrument.simulation) {
        facts.emplace_back("simulation_" + what, name);
    }
    return facts;
}

}  // namespace

Result<InstrumentSession*> LaboratoryCore::find_free(
    const std::string& instrument, std::optional<std::uint64_t> lease
) {
    if (is_closing_ || !is_started_) {
        return fail(Errc::unreachable, not_ready_because(), "daemon", "try again when it is ready");
    }
    InstrumentSession* session = session_of(instrument);
    if (session == nullptr) {
        return no_instrument(instrument);
    }
    if (const auto allowed = leases_.check(instrument, lease, parts_.timing->clock().steady());
        !allowed) {
        return fail(allowed.error());
    }
    if (const RunPtr run = run_on(instrument)) {
        return busy(instrument, "executes run " + std::to_string(run->run_id()));
    }
    if (starting_.contains(instrument)) {
        return busy(instrument, "is being started");
    }
    if (parts_.store->is_in_trouble()) {
        return fail(Errc::unreachable, not_ready_because(), "database", "free the disk first");
    }
    return session;
}

Result<RunIdentity> LaboratoryCore::understand(
    const StartRequest& request, InstrumentSession& session
) {
    RunIdentity identity;
    auto parsed = method::parse(request.method_toml, "method");
    if (!parsed) {
        return invalid_method(parsed.error());
    }
    identity.method = std::move(*parsed);
    auto executed = method::expand(identity.method);
    if (!executed) {
        return invalid_method(executed.error());
    }
    identity.executed = std::move(*executed);
    if (session.is_read_only()) {
        identity.executed.clear();  // the file tells its segments at its end
    }
    identity.specimen = request.specimen;
    if (identity.specimen.clamp.empty()) {
        identity.specimen.clamp = identity.method.clamp;
    }
    if (identity.specimen.clamp.empty() && model::is_torsion(session.instrument().facts())) {
        identity.specimen.clamp = model::torsion_clamp;
    }
    identity.simulated = session.identity().simulated;
    identity.serial_number = session.identity().serial_number;
    const bool is_real = session.is_connected() && !identity.simulated;
    if (identity.method.fits == method::FitsMode::every && is_real) {
        return invalid_method(
            {Errc::invalid,
             "fits = \"every\" makes the instrument wait for each fit, which only a simulated "
             "instrument can",
             "method: fits",
             "use fits = \"newest\""}
        );
    }
    if (const auto allowed = session.instrument().check(identity.method, identity.specimen);
        !allowed) {
        return invalid_method(allowed.error());
    }
    return identity;
}

Result<std::vector<std::string>> LaboratoryCore::check_method(const StartRequest& request) {
    assert_on_io_thread();
    InstrumentSession* session = session_of(request.instrument);
    if (session == nullptr) {
        return no_instrument(request.instrument);
    }
    const auto identity = understand(request, *session);
    if (!identity) {
        return fail(identity.error());
    }
    return session->instrument().forecast(identity->method, identity->specimen);
}

Awaitable<Result<GivenKnowledge>> LaboratoryCore::look_up_knowledge(
    method::FitSettings settings, record::Specimen specimen
) {
    GivenKnowledge given;
    if (!settings.prior_run.empty()) {
        const std::string id = settings.prior_run;
        std::function<Result<EarlierRun>(Campaign&)> read = [id](Campaign& campaign) {
            return campaign.earlier_run(id);
        };
        auto earlier = co_await parts_.store->call(std::move(read));
        if (!earlier) {
            co_return fail(earlier.error());
        }
        auto taken = knowledge_from(*earlier, specimen, settings);
        if (!taken) {
            co_return fail(taken.error());
        }
        given = std::move(*taken);
    }
    if (!settings.material.empty()) {
        auto material = material_of(settings.material);
        if (!material) {
            co_return fail(material.error());
        }
        if (given.material.contains("A_beta_per_Pa")) {
            material->erase("E_r_Pa");  // the same thing by another name
        }
        given.material.insert(material->begin(), material->end());  // what was measured comes first
    }
    co_return given;
}

Awaitable<Result<LaboratoryCore::RunPtr>> LaboratoryCore::create(
    StartRequest request, RunIdentity identity, InstrumentSession* session
) {
    record::Run wanted;
    wanted.name = request.name.empty() ? identity.method.name : request.name;
    wanted.instrument = request.instrument;
    wanted.specimen = identity.specimen.name;
    wanted.method = request.method_toml;
    wanted.state = record::RunState::armed;
    wanted.started_utc = parts_.timing->clock().utc();
    wanted.simulated = identity.simulated;
    wanted.code_version = std::string(code_version());
    const record::Specimen specimen = identity.specimen;
    std::function<Result<record::Run>(Campaign&)> make = [wanted, specimen](Campaign& campaign) {
        return campaign.create_run(wanted, specimen);
    };
    auto created = co_await parts_.store->call(std::move(make));
    if (!created) {
        co_return fail(created.error());
    }
    identity.run_id = created->run_id;
    if (identity.token.empty()) {
        identity.token = created->uuid;
    }
    auto facts = std::make_shared<Facts>(facts_of(identity, session->identity()));
    const std::int64_t run_id = created->run_id;
    std::function<Result<void>(Campaign&)> put = [run_id, facts](Campaign& campaign) {
        Result<void> done;
        for (const auto& [key, value] : *facts) {
            if (done) {
                done = campaign.put_fact(run_id, key, value);
            }
        }
        return done;
    };
    auto stored = co_await parts_.store->call(std::move(put));
    auto run = std::make_shared<ActiveRun>(house(), *session, std::move(identity));
    run->change_state(record::RunState::armed, "armed");
    run->tell_given();
    run->hold_back();
    adopt(request.instrument, run);
    if (!stored) {
        run->request_end({record::RunState::rejected, "not stored: " + stored.error().message});
        co_return fail(stored.error());
    }
    co_return run;
}

Awaitable<Result<RunStatus>> LaboratoryCore::load_and_start(RunPtr run, RunIdentity identity) {
    drivers::Instrument& instrument = run->session().instrument();
    run->open_first_gate();
    std::string token = run->token();
    auto loaded = co_await instrument.load(identity.method, identity.specimen, std::move(token));
    if (!loaded) {
        RunEnd end{record::RunState::rejected, "not loaded: " + loaded.error().message};
        auto safe = co_await instrument.safe();
        if (!safe) {
            end.cause += "; not confirmed safe";
        }
        run->request_end(std::move(end));
        // Its state was asked just before: what it refuses of a download is the method.
        const Errc code = loaded.error().code;
        if (code == Errc::refused || code == Errc::invalid) {
            co_return invalid_method(loaded.error());
        }
        co_return fail(loaded.error());
    }
    if (run->is_ending()) {
        // STOP while the method was on its way, which armed the instrument all the same.
        auto safe = co_await instrument.safe();
        if (!safe) {
            log_for("run")->error("not confirmed safe run={}", run->log_name());
        }
        co_return fail(Errc::refused, "the run was ended before its start", "run");
    }
    if (auto note = geometry_note(identity.specimen, instrument.geometry_in_force())) {
        run->record_event(
            record::Severity::minor,
            geometry_event_code,
            std::move(note->message),
            std::move(note->detail)
        );
    }
    run->begin_reduction(instrument.geometry_in_force());
    for (std::string& sentence : instrument.forecast(identity.method, identity.specimen)) {
        run->record_event(record::Severity::info, "FORECAST", std::move(sentence));
    }
    auto started = co_await instrument.start();
    if (!started) {
        // The start may have been executed although its answer was lost: safe, whatever it was.
        RunEnd end{record::RunState::interrupted, "not started: " + started.error().message};
        auto safe = co_await instrument.safe();
        if (!safe) {
            end.cause += "; not confirmed safe";
        }
        run->request_end(std::move(end));
        co_await run->stop_holding_back();
        co_return fail(started.error());
    }
    co_await run->started();
    RunStatus answer;
    answer.run_id = run->run_id();
    answer.state = run->state();
    co_return answer;
}

Awaitable<Result<RunStatus>> LaboratoryCore::start_reserved(
    StartRequest request, InstrumentSession* session
) {
    if (const auto fits = fits_the_instrument(request, *session); !fits) {
        co_return fail(fits.error());
    }
    if (request.method_toml.empty()) {
        auto own = session->instrument().own_method();
        if (!own) {
            co_return fail(own.error());
        }
        request.method_toml = std::move(*own);
    }
    auto identity = understand(request, *session);
    if (!identity) {
        co_return fail(identity.error());
    }
    method::FitSettings settings = identity->method.fit;
    record::Specimen specimen = identity->specimen;
    auto given = co_await look_up_knowledge(std::move(settings), std::move(specimen));
    if (!given) {
        if (given.error().code == Errc::refused) {
            co_return fail(given.error());
        }
        co_return invalid_method(given.error());
    }
    identity->given = std::move(*given);
    identity->given.temperature_error_K = session->config().temperature_error_K;
    auto looked_up = co_await look_up_calibration(*identity, *session);
    if (!looked_up) {
        co_return fail(looked_up.error());
    }
    auto status = co_await session->instrument().status();
    if (!status) {
        co_return fail(status.error());
    }
    if (session->is_read_only()) {
        if (const auto goes_on = check_goes_on(*status, request.instrument); !goes_on) {
            co_return fail(goes_on.error());
        }
        identity->token = status->run_token;
    } else if (!is_mine_to_use(status->state)) {
        co_return busy(
            request.instrument, "says that it is " + std::string(drivers::to_word(status->state))
        );
    }
    RunIdentity to_load = *identity;
    auto run = co_await create(std::move(request), std::move(*identity), session);
    if (!run) {
        co_return fail(run.error());
    }
    RunPtr created = *run;
    if (session->is_read_only()) {
        co_return co_await follow_created(std::move(created));
    }
    co_return co_await load_and_start(std::move(created), std::move(to_load));
}

Awaitable<Result<RunStatus>> LaboratoryCore::start_run(
    StartRequest request, std::optional<std::uint64_t> lease
) {
    assert_on_io_thread();
    auto session = find_free(request.instrument, lease);
    if (!session) {
        co_return fail(session.error());
    }
    InstrumentSession* chosen = *session;
    co_await chosen->wait_first_attempt(first_attempt_limit_s);
    session = find_free(request.instrument, lease);  // much can happen meanwhile
    if (!session) {
        co_return fail(session.error());
    }
    if (!chosen->is_connected()) {
        co_return fail(
            Errc::unreachable,
            request.instrument + " is not connected: " + chosen->trouble(),
            chosen->config().uri,
            "check its power, cable and the uri in the configuration"
        );
    }
    const Reservation reservation(starting_, request.instrument, start_ended_);
    co_return co_await start_reserved(std::move(request), chosen);
}

}  // namespace relaxd::daemon
