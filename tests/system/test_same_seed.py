# SPDX-License-Identifier: MIT
"""The same seed gives the same record whatever the speed and the way to the instrument; another seed another one."""
import unittest

from laboratory import RAMP, SPECIMEN, Laboratory, control

CREEP = ('mode = "creep"\nclamp = "tension"\nsegments = ["Equilibrate at 430 K", "Sampling interval 1 s/pt", '
         '"Displace 25 MPa for 60 s", "Recover for 40 s"]\n')
RIBBON = {**SPECIMEN, "clamp": "tension", "form": "ribbon", "width_m": 0.001, "thickness_m": 4e-5}
SWEEP = ('mode = "frequency-sweep"\nclamp = "single-cantilever"\namplitude = "15 um"\n'
         'segments = ["Equilibrate at 420 K", "Frequency sweep 0.1 Hz to 10 Hz, 5 points per decade", '
         '"Equilibrate at 430 K", "Frequency sweep 0.1 Hz to 10 Hz, 5 points per decade"]\n')


class SameSeed(unittest.TestCase):
    def digest(self, method, speed, specimen=None, pty=False, seed=11, estimates=None):
        """Digest of one run in a laboratory of its own; `estimates` gets how many rows of each kind it has."""
        with Laboratory(pty=pty, speed=speed, seed=seed) as laboratory:
            run_id = laboratory.start_run(method, specimen)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            laboratory.assert_every_reading(run_id)
            laboratory.assert_dense(run_id)
            if estimates is not None:
                rows = laboratory.query("SELECT model, parameter, value, standard_error, state FROM v_estimate WHERE run_id = ? ORDER BY seq", run_id)
                estimates.append([tuple(row.values()) for row in rows])
            return control("digest", laboratory.database, "--run", run_id, check=0)[1].strip()

    def test_creep_and_recovery(self):
        digests = {self.digest(CREEP, speed, RIBBON) for speed in (500, 5000)}
        self.assertEqual(len(digests), 1)
        self.assertNotIn(self.digest(CREEP, 5000, RIBBON, seed=12), digests)

    def test_isothermal_sweeps_and_the_estimates_of_every_reading(self):
        estimates = []
        digests = {self.digest('fits = "every"\n' + SWEEP, speed, estimates=estimates) for speed in (800, 8000)}
        self.assertEqual(len(digests), 1)
        self.assertTrue(any(row[1] == "chi_slope" and row[4] == "determined" for row in estimates[0]))
        self.assertEqual(estimates[0], estimates[1])

    def test_tcp_and_pty(self):
        digests = {self.digest(RAMP % 320, 3000, pty=pty) for pty in (False, True)}
        self.assertEqual(len(digests), 1)


if __name__ == "__main__":
    # A socket of a killed process closes when it is collected: no news.
    unittest.main(verbosity=2, warnings="ignore")
