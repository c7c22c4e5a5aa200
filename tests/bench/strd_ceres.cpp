// SPDX-License-Identifier: MIT
//
// The same problems through Ceres, as a peer: its Levenberg-Marquardt with dense QR, automatic
// derivatives and tolerances as tight as ours. Built by tests/bench/strd_compare only, no part of
// relaxd.

#include "tests/model/strd.hpp"

#include <ceres/ceres.h>
#include <cstdio>
#include <string>
#include <vector>

namespace {

struct Residuals {
    const relaxd::test::StrdProblem* problem;

    template <class T>
    bool operator()(const T* const* b, T* r) const {
        for (std::size_t i = 0; i < problem->y.size(); ++i) {
            r[i] = relaxd::test::strd_model(problem->name, b[0], problem->x[i]) - problem->y[i];
        }
        return true;
    }
};

void solve(const relaxd::test::StrdProblem& data, std::size_t start) {
    std::vector<double> b = data.starts.at(start);
    auto* cost = new ceres::DynamicAutoDiffCostFunction<Residuals, 4>(new Residuals{&data});
    cost->AddParameterBlock(static_cast<int>(b.size()));
    cost->SetNumResiduals(static_cast<int>(data.y.size()));
    ceres::Problem problem;
    problem.AddResidualBlock(cost, nullptr, b.data());
    ceres::Solver::Options options;
    options.linear_solver_type = ceres::DENSE_QR;
    options.max_num_iterations = 5000;
    options.function_tolerance = 1e-20;
    options.gradient_tolerance = 1e-20;
    options.parameter_tolerance = 1e-14;
    options.logging_type = ceres::SILENT;
    ceres::Solver::Summary summary;
    ceres::Solve(options, &problem, &summary);
    double digits = 11.0;
    for (std::size_t k = 0; k < b.size(); ++k) {
        digits = std::min(digits, relaxd::test::log_relative_error(b[k], data.certified[k]));
    }
    std::printf(
        "%s %zu %s %d %.1f\n",
        data.name.c_str(),
        start + 1,
        summary.termination_type == ceres::CONVERGENCE ? "converged" : "not-converged",
        summary.num_successful_steps + summary.num_unsuccessful_steps,
        digits
    );
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: strd_ceres FOLDER\n", stderr);
        return 2;
    }
    for (const char* name : relaxd::test::strd_names) {
        const auto data = relaxd::test::read_strd(argv[1], name);
        solve(data, 0);
        solve(data, 1);
    }
    return 0;
}
