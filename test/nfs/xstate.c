/* Preloaded into user-mode Linux (guest.py compiles it), which knows processor
 * state up to AVX-512 and protection keys. Where the processor has more, such as
 * AMX, Linux takes that state only whole: this adds the rest, which no program
 * in a guest can use, as it is. Changes nothing on other machines. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

enum { features = 512, known = 0x3ff }; /* offset and bits of XSTATE_BV */

typedef long (*function)(int, ...);

static long set_whole(function next, long pid, void *set, struct iovec *part) {
  static char bytes[1 << 16];
  struct iovec whole = {bytes, sizeof bytes};
  uint64_t present;
  if (next(PTRACE_GETREGSET, pid, set, &whole) < 0)
    return -1;
  if (part->iov_len < features + sizeof present ||
      part->iov_len >= whole.iov_len) {
    errno = EFAULT;
    return -1;
  }
  memcpy(bytes, part->iov_base, part->iov_len);
  memcpy(&present, bytes + features, sizeof present);
  present &= known;
  memcpy(bytes + features, &present, sizeof present);
  return next(PTRACE_SETREGSET, pid, set, &whole);
}

long ptrace(enum __ptrace_request request, ...) {
  static function next;
  va_list list;
  va_start(list, request);
  long pid = va_arg(list, long);
  void *address = va_arg(list, void *);
  void *data = va_arg(list, void *);
  va_end(list);
  if (!next)
    next = (function)dlsym(RTLD_NEXT, "ptrace");
  long result = next(request, pid, address, data);
  if (result < 0 && errno == EFAULT && request == PTRACE_SETREGSET &&
      address == (void *)NT_X86_XSTATE)
    return set_whole(next, pid, address, data);
  return result;
}
