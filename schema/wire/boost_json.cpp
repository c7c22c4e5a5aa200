// SPDX-License-Identifier: MIT
// Boost.JSON, compiled here once.
#include <boost/json/src.hpp>
