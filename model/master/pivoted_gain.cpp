// SPDX-License-Identifier: MIT
#include "model/master/pivoted_gain.hpp"

#include <vector>

namespace relaxd::model {

double pivoted_gain(
    Eigen::MatrixXd a,
    const Eigen::VectorXd& size,
    Eigen::VectorXd g,
    double dependent,
    double& n_independent
) {
    const Eigen::Index n = a.rows();
    std::vector<bool> is_done(static_cast<std::size_t>(n), false);
    double gain = 0.0;
    n_independent = 0.0;
    for (Eigen::Index round = 0; round < n; ++round) {
        Eigen::Index best = -1;
        double share = dependent;
        for (Eigen::Index i = 0; i < n; ++i) {
            if (!is_done[static_cast<std::size_t>(i)] && a(i, i) > share * size[i]) {
                best = i;
                share = a(i, i) / size[i];
            }
        }
        if (best < 0) {
            break;
        }
        is_done[static_cast<std::size_t>(best)] = true;
        const double pivot = a(best, best);
        gain += g[best] * g[best] / pivot;
        n_independent += 1.0;
        const Eigen::VectorXd column = a.col(best) / pivot;
        g -= column * g[best];
        a.noalias() -= column * a.row(best).eval();
    }
    return gain;
}

}  // namespace relaxd::model
