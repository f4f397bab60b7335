// SPDX-License-Identifier: MIT
#include "mikoshi/base/json.hpp"
#include "mikoshi/base/time.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/base/field.hpp"
