// SPDX-License-Identifier: MIT
// The one place that includes Catch: moving to v3 is a change of this file.
#pragma once

#include <catch2/catch.hpp>
