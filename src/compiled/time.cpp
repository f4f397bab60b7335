// SPDX-License-Identifier: MIT
#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/base/time.hpp"
