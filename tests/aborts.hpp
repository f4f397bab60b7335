// SPDX-License-Identifier: MIT
#pragma once
/// @file aborts.hpp
/// Whether a piece of code ends the process, as a broken MIKOSHI_CHECK must.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

/// Whether `act` ends the process with SIGABRT. Runs it in a child whose standard error is closed.
template <class Act>
bool aborts(Act act) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    close(2);
    std::signal(SIGABRT, SIG_DFL);
    act();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
