// SPDX-License-Identifier: MIT
/// @file kill_at.cpp
/// Runs a command and kills it, by SIGKILL, at the entry of its N-th system call that changes files. Between two of them a kill
/// leaves the same files, so all N together are a kill at every system call.
///
///     kill_at N COMMAND ARGUMENT…
///
/// Exits with 137 when it has killed, with the command's own code when it made fewer such calls, with 77 when this system does not
/// let a process trace its child.

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>

namespace {

constexpr int cannot_trace = 77;
constexpr int killed = 128 + SIGKILL;

bool changes_files(std::uint64_t number, const std::uint64_t* arguments) {
  constexpr std::uint64_t changing[] = {
      SYS_write,    SYS_writev,   SYS_pwrite64, SYS_fsync,   SYS_fdatasync, SYS_ftruncate, SYS_fchmod,
      SYS_fchmodat, SYS_linkat,   SYS_unlinkat, SYS_mkdirat, SYS_renameat2,
#ifdef SYS_rename
      SYS_rename,   SYS_renameat, SYS_mkdir,    SYS_rmdir,   SYS_unlink,    SYS_link,      SYS_chmod,
#endif
  };
  if (number == SYS_openat) return (arguments[2] & O_CREAT) != 0;
  return std::find(std::begin(changing), std::end(changing), number) != std::end(changing);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const long last = std::atol(argv[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(cannot_trace);
    ::execv(argv[2], argv + 2);
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return cannot_trace;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  constexpr long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD;
  if (::ptrace(PTRACE_SETOPTIONS, child, nullptr, options) != 0) return cannot_trace;
  long made = 0;
  int passed_on = 0;
  for (;;) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, static_cast<long>(passed_on)) != 0) return cannot_trace;
    if (::waitpid(child, &status, 0) != child) return cannot_trace;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    const bool at_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
    passed_on = at_call || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    if (!at_call) continue;
    __ptrace_syscall_info call{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof call, &call) <= 0) return cannot_trace;
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY || !changes_files(call.entry.nr, call.entry.args)) continue;
    if (++made < last) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return killed;
  }
}
