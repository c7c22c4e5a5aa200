// SPDX-License-Identifier: MIT
#include "daemon/fits/codec.hpp"

#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <string>

using relaxd::daemon::decode_head;
using relaxd::daemon::decode_job;
using relaxd::daemon::decode_result;
using relaxd::daemon::encode;
using relaxd::daemon::FitJob;
using relaxd::daemon::frame_head_bytes;
using relaxd::record::FitResult;

namespace {

FitResult full_result() {
    FitResult result;
    result.model = "dynamic";
    result.status = "converged";
    result.n_points = 1608;
    result.reduced_chi2 = 1.04;
    result.form = "exact";
    relaxd::record::ParameterEstimate parameter;
    parameter.name = "U_beta_J_mol";
    parameter.value = 86400.0;
    parameter.state = relaxd::record::ParameterState::fixed;
    result.parameters.push_back(parameter);
    relaxd::record::IsothermEstimate isotherm;
    isotherm.segment = 4;
    isotherm.chi = parameter;
    result.isotherms.push_back(isotherm);
    result.isotherms.emplace_back();
    result.peaks.emplace_back();
    result.warm_start["chi"] = 0.4;
    result.correlations = {1.0, -0.5, -0.5, 1.0};
    result.flagged_seqs = {7, 1ULL << 60U};
    result.shifts.emplace_back();
    result.tts_holds = relaxd::record::SuperpositionTest{true, 0.4};
    result.known_combinations.emplace_back();
    result.known_combinations.back().names = {"A_vp_per_Pa", "tau_max_s"};
    result.alternatives.emplace_back();
    result.alternatives.back().is_chosen = true;
    result.residuals.emplace();
    result.residuals->is_alarm = true;
    result.residuals->sentence = "runs p = 1e-9";
    result.formulation = "linear";
    return result;
}

FitJob full_job() {
    FitJob job;
    job.data_set = -3;
    job.keep = 12;
    job.appended.emplace_back();
    job.appended.back().segment = -1;
    job.appended.back().storage_modulus_Pa = 8.6e10;
    job.options.T_g_prior_K = relaxd::record::Prior{453.0, 3.0};
    job.options.fixed["B"] = 0.6;
    job.options.freed = {"A_vp_per_Pa", ""};
    job.options.form = relaxd::record::Form::gamma;
    job.options.formulation = "eq16";
    job.options.material["sigma1_Pa"] = 1.2e9;
    job.options.wants_profiles = true;
    job.options.modulus_scale_relative_sd = 0.031;
    job.segments = {1, 5};
    job.dynamic = full_result();
    job.series.emplace();
    job.series->inputs.emplace_back();
    job.series->inputs.back().load_time_s = 330.0;
    job.series->points.resize(3);
    job.series->points[1].strain = 1e-3;
    job.series->points[2].tan_delta_sigma = -0.0;
    return job;
}

std::string body_of(const std::string& frame) {
    return frame.substr(frame_head_bytes);
}

}  // namespace

TEST_CASE("a job and a result survive the way through bytes", "[fits]") {
    const std::string job_frame = encode(full_job());
    const auto length = decode_head(job_frame.substr(0, frame_head_bytes));
    REQUIRE(length);
    CHECK(*length == job_frame.size() - frame_head_bytes);
    const auto job = decode_job(body_of(job_frame));
    REQUIRE(job);
    CHECK(job->data_set == -3);
    CHECK(job->appended.at(0).segment == -1);
    CHECK(job->options.T_g_prior_K->mean == 453.0);
    CHECK_FALSE(job->options.T_g_fixed_K.has_value());
    CHECK(std::isnan(job->options.T_max_K));
    CHECK(job->options.freed.size() == 2);
    CHECK(job->options.modulus_scale_relative_sd == 0.031);
    CHECK(job->dynamic->isotherms.size() == 2);
    CHECK(job->series->points.at(1).strain == 1e-3);
    CHECK(std::isnan(job->series->points.at(1).stress_Pa));
    CHECK(std::signbit(job->series->points.at(2).tan_delta_sigma));
    // Bit for bit, unknown numbers included.
    CHECK(encode(*job) == job_frame);
    const std::string result_frame = encode(full_result());
    const auto result = decode_result(body_of(result_frame));
    REQUIRE(result);
    CHECK(result->parameters.at(0).state == relaxd::record::ParameterState::fixed);
    CHECK(encode(*result) == result_frame);
}

TEST_CASE("a frame cut anywhere or with bytes to spare is refused", "[fits]") {
    const std::string body = body_of(encode(full_job()));
    for (std::size_t cut = 0; cut < body.size(); ++cut) {
        if (decode_job(body.substr(0, cut))) {
            FAIL("accepted " << cut << " of " << body.size() << " bytes");
        }
    }
    CHECK_FALSE(decode_job(body + "x"));
    CHECK_FALSE(decode_result(body));
}

TEST_CASE("garbage is an error, never a crash or an endless allocation", "[fits]") {
    REQUIRE(rc::check([](const std::string& garbage) {
        (void)decode_job("\x01" + garbage);
        (void)decode_result("\x02" + garbage);
    }));
    // A list that claims 2^63 entries.
    std::string body = body_of(encode(full_result()));
    for (std::size_t at = 1; at + 8 < body.size(); at += 8) {
        std::string damaged = body;
        damaged[at + 7] = '\x7f';
        (void)decode_result(damaged);
    }
    CHECK_FALSE(decode_head(std::string(4, '\0')));
    CHECK_FALSE(decode_head("\xff\xff\xff\xff"));
    CHECK_FALSE(decode_head("\x01"));
}
