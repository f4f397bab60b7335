// SPDX-License-Identifier: MIT
#include "mikoshi/community/member.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/community/review.hpp"
