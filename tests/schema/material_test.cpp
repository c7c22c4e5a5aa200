// SPDX-License-Identifier: MIT
//
// Materials: the papers' numbers as printed, and a user's file that is explained when it is wrong.
#include "schema/material/material.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <set>

namespace relaxd::material {

namespace {

std::string error_of(const std::string& toml) {
    const auto material = parse(toml, "m.toml");
    REQUIRE_FALSE(material);
    return material.error().sentence();
}

}  // namespace

TEST_CASE("La60Ni15Al25 has the numbers of its paper's table in SI") {
    const auto la = load("la60ni15al25");
    REQUIRE(la);
    const Params& p = la->params;
    CHECK(p.E_u_Pa == 3.3e10);
    CHECK(p.E_r_Pa == 3.06e10);
    CHECK(p.U_beta_J_mol == 83120.0);
    CHECK(p.tau_beta0_s == 1.86e-13);
    CHECK(p.B == 1.0);
    CHECK(p.A_an_per_Pa == Approx(1.5e-5 / 1e6).epsilon(1e-15));
    CHECK(p.A_vp_per_Pa == p.A_an_per_Pa);
    CHECK(p.chi_Tg == 0.4);
    CHECK(p.a1_per_K == 0.00231);
    CHECK(p.T_g_K == 453.0);
    CHECK(p.t0_s == 6e-7);
    CHECK(p.sigma1_Pa == 28000e6);
    CHECK(p.a2 == 1.8);
    CHECK(std::isnan(p.E_u_slope_per_K));
    CHECK(la->assumed == std::vector<std::string>{"B"});
    CHECK(la->extra.at("T_x_K") == 505.0);
}

TEST_CASE("the second paper's table is there, energies converted from eV, unknown left unknown") {
    struct Row {
        const char* name;
        double T_g_K;
        double U_eV;
        double chi;
        double a_1e3_per_K;
    };
    const double unknown = Params::unknown;
    for (const Row& row :
         {Row{"silica", 1493, unknown, 0.47, unknown},
          Row{"silica-soda-lime", 810, 2.04, 0.37, 1},
          Row{"zr50cu40al10", 691, 0.628, 0.383, 3.1},
          Row{"zr50cu40al10-dy2", 683, 0.578, 0.395, 3.8},
          Row{"dgeba-ipd", 436, 0.52, 0.17, 5.6},
          Row{"peek", 416, 0.43, 0.32, unknown},
          Row{"pet", 340, 0.54, 0.31, 10},
          Row{"pmabu", 303, 0.74, 0.18, 5},
          Row{"maltitol", 310, 0.61, 0.34, 5.3},
          Row{"sorbitol", 268, 0.61, 0.32, 5.8}}) {
        INFO(row.name);
        const auto material = load(row.name);
        REQUIRE(material);
        CHECK(material->name == row.name);
        CHECK(material->params.T_g_K == row.T_g_K);
        CHECK(material->params.chi_Tg == row.chi);
        CHECK(std::isnan(material->params.U_beta_J_mol) == std::isnan(row.U_eV));
        if (!std::isnan(row.U_eV)) {
            CHECK(material->params.U_beta_J_mol == Approx(row.U_eV * 96485.332).epsilon(1e-12));
        }
        CHECK(std::isnan(material->params.a1_per_K) == std::isnan(row.a_1e3_per_K));
        if (!std::isnan(row.a_1e3_per_K)) {
            CHECK(material->params.a1_per_K == Approx(row.a_1e3_per_K * 1e-3).epsilon(1e-12));
        }
        CHECK(std::isnan(material->params.E_u_Pa));
        CHECK(std::isnan(material->params.B));
        CHECK(material->assumed.empty());
    }
}

TEST_CASE("what the second paper says twice, and differently, stands in the notes") {
    const auto peek = load("peek");
    REQUIRE(peek);
    CHECK(peek->notes.find("0.43/0.8 eV") != std::string::npos);
    const auto plain = load("zr50cu40al10");
    REQUIRE(plain);
    CHECK(plain->notes.find("691 K in Table 2") != std::string::npos);
    CHECK(plain->notes.find("693 K in Table 1") != std::string::npos);
    CHECK(plain->extra.at("T_x_K") == 752.0);
    const auto dysprosium = load("zr50cu40al10-dy2");
    REQUIRE(dysprosium);
    CHECK(dysprosium->notes.find("683 K in Table 2") != std::string::npos);
    CHECK(dysprosium->notes.find("681 K in Table 1") != std::string::npos);
    CHECK(dysprosium->extra.at("T_x_K") == 738.0);
    for (const auto& one : list()) {
        INFO(one.name);
        CHECK((one.name == "la60ni15al25") == (one.source.find("S1 Table 1") == 0));
        CHECK((one.name == "la60ni15al25") == (one.source.find("S2 Table 2") != 0));
    }
}

TEST_CASE("every built-in material is listed once and can be loaded") {
    const auto listings = list();
    CHECK(listings.size() == 11);
    std::set<std::string> names;
    for (const Listing& one : listings) {
        CHECK(names.insert(one.name).second);
        CHECK_FALSE(one.title.empty());
        CHECK_FALSE(one.source.empty());
        CHECK(load(one.name));
    }
}

TEST_CASE("a wrong name or file is explained") {
    const auto unknown = load("la60ni15al2");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == relaxd::Errc::not_found);
    CHECK(unknown.error().hint.find("'la60ni15al25'") != std::string::npos);
    CHECK(load("/nowhere/glass.toml").error().code == relaxd::Errc::not_found);
    CHECK(load("/").error().code == relaxd::Errc::not_found);
    CHECK(error_of("[params]\nE_u_GPa = 3").find("m.toml:2") == 0);
    CHECK(error_of("[params]\nE_u_GPa = 3").find("'E_u_Pa'") != std::string::npos);
    CHECK(error_of("[params]\nE_u_Pa = \"3\"").find("must be a number") != std::string::npos);
    CHECK(error_of("[params]\nE_u_Pa = nan").find("must be a number") != std::string::npos);
    CHECK(error_of("[params]\nE_u_Pa = -1.0").find("outside its domain") != std::string::npos);
    CHECK(error_of("[params]\nchi_Tg = 1.0").find("0 < chi_Tg < 1") != std::string::npos);
    CHECK(error_of("[params]\nE_u_Pa = 1.0\nE_r_Pa = 2.0").find("stiffen") != std::string::npos);
    CHECK(error_of("title = \"x\"").find("[params]") != std::string::npos);
    CHECK(error_of("assumed = [\"B\"]\n[params]\n").find("'B'") != std::string::npos);
    CHECK(error_of("[params\n").find("not TOML") != std::string::npos);
    CHECK(error_of("params = 3").find("[params]") != std::string::npos);
}

TEST_CASE("a user's material is read from its file and named after it") {
    const std::string path = "/tmp/relaxd-test-my-glass.toml";
    {
        std::ofstream file(path);
        file << "title = \"mine\"\nassumed = [\"B\"]\n[params]\nE_u_Pa = 70_000_000_000\nB = 0.6\n"
                "[extra]\nT_x_K = 700.5\n";
    }
    const auto material = load(path);
    std::remove(path.c_str());
    REQUIRE(material);
    CHECK(material->name == "relaxd-test-my-glass");
    CHECK(material->params.E_u_Pa == 7e10);
    CHECK(std::isnan(material->params.T_g_K));
    CHECK(material->extra.at("T_x_K") == 700.5);
}

TEST_CASE("a material may have fast beta processes, whole ones only") {
    const std::string head = "name = \"m\"\n[params]\nE_u_Pa = 3.3e10\n[[params.fast_beta]]\n";
    const auto good = parse(
        head +
            "A_per_Pa = 1e-12\nU_J_mol = 41560.0\ntau0_s = 1e-13\n"
            "[[params.fast_beta]]\nA_per_Pa = 2e-12\nU_J_mol = 3e4\ntau0_s = 1e-12\nB = 0.6\n",
        "m.toml"
    );
    REQUIRE(good);
    REQUIRE(good->fast_beta.size() == 2);
    CHECK(good->fast_beta[0].U_J_mol == 41560.0);
    CHECK(std::isnan(good->fast_beta[0].B));
    CHECK(good->fast_beta[1].A_per_Pa == 2e-12);
    CHECK(good->fast_beta[1].B == 0.6);
    const auto complaint = [&head](const std::string& rest) {
        const auto bad = parse(head + rest, "m.toml");
        REQUIRE_FALSE(bad);
        CHECK(bad.error().where.find("m.toml:") == 0);
        return bad.error().sentence();
    };
    using Catch::Contains;
    CHECK_THAT(complaint("A_per_Pa = 1e-12\nU_J_mol = 4e4\n"), Contains("tau0_s"));
    CHECK_THAT(complaint("A_per_Pa = -1\n"), Contains("A_per_Pa"));
    CHECK_THAT(complaint("U_J_mole = 4e4\n"), Contains("U_J_mol"));
    const auto scalar = parse("[params]\nfast_beta = 3\n", "m.toml");
    REQUIRE_FALSE(scalar);
    CHECK(scalar.error().where == "m.toml:2");
    const auto slope = parse("[params]\nE_u_slope_per_K = -2e-4\n", "m.toml");
    REQUIRE_FALSE(slope);
    CHECK_THAT(slope.error().sentence(), Contains("E_u_T_ref_K"));
}

}  // namespace relaxd::material
