// SPDX-License-Identifier: MIT
//
// Strong SI types for interfaces that cross a folder. Zero cost; SI inside.
//
// Frequency (hertz) and AngularFrequency (radian per second) are different types with explicit
// conversion; Temperature is a point, TemperatureDifference a quantity. Inner loops, SQL columns
// and JSON keys use a bare double with the unit in its name instead. This file will never parse
// text, print, or know a prefix.

#pragma once

#include <compare>
#include <numbers>

namespace relaxd::units {

/// Exponents of kilogram, metre, second, kelvin, mole.
struct Dimension {
    int kg = 0;
    int m = 0;
    int s = 0;
    int K = 0;
    int mol = 0;
    friend constexpr bool operator==(const Dimension&, const Dimension&) = default;
};

[[nodiscard]] constexpr Dimension operator+(Dimension a, Dimension b) {
    return {a.kg + b.kg, a.m + b.m, a.s + b.s, a.K + b.K, a.mol + b.mol};
}

[[nodiscard]] constexpr Dimension operator-(Dimension a, Dimension b) {
    return {a.kg - b.kg, a.m - b.m, a.s - b.s, a.K - b.K, a.mol - b.mol};
}

template <Dimension D>
class Quantity {
  public:
    constexpr Quantity() = default;

    /// `si` is in the coherent SI unit of D. Named, so that no bare number becomes a quantity.
    [[nodiscard]] static constexpr Quantity from_si(double si) { return Quantity{si}; }
    [[nodiscard]] constexpr double si() const { return si_; }

    friend constexpr auto operator<=>(const Quantity&, const Quantity&) = default;
    friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity{a.si_ + b.si_}; }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity{a.si_ - b.si_}; }
    friend constexpr Quantity operator*(double factor, Quantity q) {
        return Quantity{factor * q.si_};
    }

  private:
    explicit constexpr Quantity(double si) : si_(si) {}
    double si_ = 0.0;
};

template <Dimension A, Dimension B>
[[nodiscard]] constexpr auto operator*(Quantity<A> a, Quantity<B> b) {
    if constexpr (A + B == Dimension{}) {
        return a.si() * b.si();
    } else {
        return Quantity<A + B>::from_si(a.si() * b.si());
    }
}

template <Dimension A, Dimension B>
[[nodiscard]] constexpr auto operator/(Quantity<A> a, Quantity<B> b) {
    if constexpr (A == B) {
        return a.si() / b.si();
    } else {
        return Quantity<A - B>::from_si(a.si() / b.si());
    }
}

using Length = Quantity<Dimension{.m = 1}>;
using Area = Quantity<Dimension{.m = 2}>;
using Duration = Quantity<Dimension{.s = 1}>;
using Force = Quantity<Dimension{.kg = 1, .m = 1, .s = -2}>;
using Pressure = Quantity<Dimension{.kg = 1, .m = -1, .s = -2}>;
using Stiffness = Quantity<Dimension{.kg = 1, .s = -2}>;
using TemperatureDifference = Quantity<Dimension{.K = 1}>;
using HeatingRate = Quantity<Dimension{.s = -1, .K = 1}>;
using MolarEnergy = Quantity<Dimension{.kg = 1, .m = 2, .s = -2, .mol = -1}>;

/// A point on the thermodynamic scale. Differences are TemperatureDifference.
class Temperature {
  public:
    constexpr Temperature() = default;
    [[nodiscard]] static constexpr Temperature from_K(double kelvin) { return Temperature{kelvin}; }
    /// ITS-90: 0 degC is 273.15 K exactly.
    [[nodiscard]] static constexpr Temperature from_degC(double celsius) {
        return Temperature{celsius + 273.15};
    }
    [[nodiscard]] constexpr double K() const { return kelvin_; }
    friend constexpr auto operator<=>(const Temperature&, const Temperature&) = default;
    friend constexpr TemperatureDifference operator-(Temperature a, Temperature b) {
        return TemperatureDifference::from_si(a.kelvin_ - b.kelvin_);
    }
    friend constexpr Temperature operator+(Temperature a, TemperatureDifference d) {
        return Temperature{a.kelvin_ + d.si()};
    }

  private:
    explicit constexpr Temperature(double kelvin) : kelvin_(kelvin) {}
    double kelvin_ = 0.0;
};

class AngularFrequency;

/// Cycles per second.
class Frequency {
  public:
    constexpr Frequency() = default;
    [[nodiscard]] static constexpr Frequency from_Hz(double hertz) { return Frequency{hertz}; }
    [[nodiscard]] constexpr double Hz() const { return hertz_; }
    [[nodiscard]] constexpr AngularFrequency angular() const;
    friend constexpr auto operator<=>(const Frequency&, const Frequency&) = default;

  private:
    explicit constexpr Frequency(double hertz) : hertz_(hertz) {}
    double hertz_ = 0.0;
};

/// omega = 2 pi f, radian per second.
class AngularFrequency {
  public:
    constexpr AngularFrequency() = default;
    [[nodiscard]] static constexpr AngularFrequency from_rad_s(double rad_s) {
        return AngularFrequency{rad_s};
    }
    [[nodiscard]] constexpr double rad_s() const { return rad_s_; }
    friend constexpr auto operator<=>(const AngularFrequency&, const AngularFrequency&) = default;

  private:
    explicit constexpr AngularFrequency(double rad_s) : rad_s_(rad_s) {}
    double rad_s_ = 0.0;
};

constexpr AngularFrequency Frequency::angular() const {
    return AngularFrequency::from_rad_s(2.0 * std::numbers::pi * hertz_);
}

}  // namespace relaxd::units
