/*
 * Sees every call with which a program touches the world: bytes into the files of one folder, to a tty, to an internet socket; fsync,
 * truncation, removal, renaming and creation of those files. Loaded by LD_PRELOAD; touch-shim.ts describes the two files that it shares
 * with the test. Each such call is a "touch": it can be the moment at which the program dies (SIGKILL, just before or just after), and
 * it can be written into a log, in the order in which the kernel saw them.
 * Invariants: one touch at a time (the mutex spans the call and its record, so the log's order is the world's); a call that is no touch
 * takes no lock, so a child after fork(2) and the event loop's own pipes are never held up; errno is the call's own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum op { OP_WRITE = 1, OP_SYNC, OP_TRUNCATE, OP_UNLINK, OP_RENAME, OP_CREATE };
enum target { TO_NOTHING = 0, TO_FILE, TO_TTY, TO_SOCKET };

/* The control file, mapped: the test arms it, the shim counts in it. The layout is repeated in touch-shim.ts. */
struct control {
  volatile uint32_t armed, count, kill_at, kill_after;
  volatile uint32_t killed, op, target, data_length;
  /* 1: writes to one file that follow each other directly, as those of a commit, count once: as the first of them. */
  volatile uint32_t runs_count_once;
  char path[220], data[256];
};

/* A record of the log: this header, the path, the data. Little-endian, as every machine that runs the tests is. */
struct __attribute__((packed)) header {
  uint8_t op, target;
  uint16_t path_length;
  uint32_t data_length;
  uint64_t offset;
};

struct touch {
  enum op op;
  enum target target;
  char path[PATH_MAX];
  uint64_t offset;
  const struct iovec *data;
  int data_count;
};

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static struct control *control;
static int log_fd = -1;
static char folder[PATH_MAX];
static size_t folder_length;

#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  const char *wanted = getenv("SIMPOST_TOUCH_FOLDER"), *shared = getenv("SIMPOST_TOUCH_CONTROL"), *log = getenv("SIMPOST_TOUCH_LOG");
  if (wanted == NULL || realpath(wanted, folder) == NULL) return;
  folder_length = strlen(folder);
  if (shared != NULL) {
    int fd = open(shared, O_RDWR | O_CLOEXEC);
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) abort(); /* A test that believes it is armed would pass for nothing. */
    control = mapped;
    close(fd);
  }
  if (log != NULL) {
    log_fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log_fd < 0) abort();
  }
}

/* Whether an absolute path is a file that counts; on return `path` is relative to the folder. The -shm file is memory, not data. */
static int inside(char *path) {
  size_t length = strlen(path);
  if (folder_length == 0 || length <= folder_length + 1) return 0;
  if (strncmp(path, folder, folder_length) != 0 || path[folder_length] != '/') return 0;
  if (length > 4 && strcmp(path + length - 4, "-shm") == 0) return 0;
  memmove(path, path + folder_length + 1, length - folder_length);
  return 1;
}

static int path_of_fd(int fd, char *path) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return 1;
}

static enum target target_of_fd(int fd, char *path) {
  struct stat about;
  int family;
  socklen_t size = sizeof family;
  if (folder_length == 0 || fstat(fd, &about) != 0) return TO_NOTHING;
  /* The folder itself: an fsync of it makes the names of its files safe. */
  if (S_ISDIR(about.st_mode)) {
    if (!path_of_fd(fd, path) || strcmp(path, folder) != 0) return TO_NOTHING;
    strcpy(path, ".");
    return TO_FILE;
  }
  if (S_ISREG(about.st_mode)) return path_of_fd(fd, path) && inside(path) ? TO_FILE : TO_NOTHING;
  if (S_ISCHR(about.st_mode) && isatty(fd)) {
    strcpy(path, "tty");
    return TO_TTY;
  }
  if (!S_ISSOCK(about.st_mode) || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) return TO_NOTHING;
  /* Node talks to its parent and to systemd through sockets of the family AF_UNIX: they are not the world. */
  if (family != AF_INET && family != AF_INET6) return TO_NOTHING;
  sprintf(path, "socket:%d", fd);
  return TO_SOCKET;
}

/* As target_of_fd for a name in a directory; the file need not be there. */
static enum target target_of_name(int directory, const char *name, char *path) {
  char parent[PATH_MAX], whole[PATH_MAX];
  if (folder_length == 0) return TO_NOTHING;
  if (name[0] == '/') parent[0] = '\0';
  else if (directory == AT_FDCWD ? getcwd(parent, sizeof parent) == NULL : !path_of_fd(directory, parent)) return TO_NOTHING;
  if (snprintf(whole, sizeof whole, "%s/%s", parent, name) >= (int)sizeof whole) return TO_NOTHING;
  char *slash = strrchr(whole, '/');
  *slash = '\0';
  if (realpath(slash == whole ? "/" : whole, parent) == NULL) return TO_NOTHING;
  if (snprintf(path, PATH_MAX, "%s/%s", parent, slash + 1) >= PATH_MAX) return TO_NOTHING;
  return inside(path) ? TO_FILE : TO_NOTHING;
}

static size_t copy_data(const struct touch *touch, char *to, size_t room) {
  size_t length = 0;
  for (int at = 0; at < touch->data_count; at += 1) {
    size_t part = touch->data[at].iov_len;
    if (length < room) memcpy(to + length, touch->data[at].iov_base, part < room - length ? part : room - length);
    length += part;
  }
  return length;
}

static void die(const struct touch *touch) {
  control->armed = 0; /* The program that is started next begins unarmed. */
  control->op = touch->op;
  control->target = touch->target;
  strncpy(control->path, touch->path, sizeof control->path - 1);
  control->data_length = copy_data(touch, control->data, sizeof control->data);
  control->killed = 1;
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void write_record(const struct touch *touch, size_t length) {
  char *record;
  size_t path_length = strlen(touch->path);
  struct header header = {touch->op, touch->target, path_length, length, touch->offset};
  if ((record = malloc(sizeof header + path_length + length)) == NULL) abort();
  memcpy(record, &header, sizeof header);
  memcpy(record + sizeof header, touch->path, path_length);
  copy_data(touch, record + sizeof header + path_length, length);
  size_t whole = sizeof header + path_length + length;
  /* One write of an O_APPEND file: records of two processes do not mix. */
  if (syscall(SYS_write, log_fd, record, whole) != (ssize_t)whole) abort();
  free(record);
}

/* Whether it goes on with what the touch before it did; to be asked once for each touch. */
static int continues_a_run(const struct touch *touch) {
  static char last[PATH_MAX];
  int continues = touch->op == OP_WRITE && touch->target == TO_FILE && strcmp(touch->path, last) == 0;
  strcpy(last, touch->op == OP_WRITE && touch->target == TO_FILE ? touch->path : "");
  return continues;
}

/* Before the call: takes the lock, counts. Returns whether the program is to die after it. */
static int before(const struct touch *touch) {
  pthread_mutex_lock(&one_at_a_time);
  int continues = continues_a_run(touch);
  if (control == NULL || control->armed == 0 || (continues && control->runs_count_once)) return 0;
  control->count += 1;
  if (control->count != control->kill_at) return 0;
  if (control->kill_after == 0) die(touch);
  return 1;
}

/* After the call: what it really did is recorded; `done` is its result, for a write the octets taken. */
static void after(const struct touch *touch, ssize_t done, int dies) {
  int error = errno;
  if (done >= 0 && log_fd >= 0) write_record(touch, touch->op == OP_WRITE ? (size_t)done : copy_data(touch, NULL, 0));
  if (dies) die(touch);
  pthread_mutex_unlock(&one_at_a_time);
  errno = error;
}

static ssize_t written_before(int fd, enum target target, off_t offset) {
  struct stat about;
  if (target != TO_FILE) return 0;
  if (offset >= 0) return offset;
  if ((fcntl(fd, F_GETFL) & O_APPEND) != 0 && fstat(fd, &about) == 0) return about.st_size;
  return lseek(fd, 0, SEEK_CUR);
}

/* Wraps a call that writes: `offset` is -1 where the file's own position counts. */
#define WRITING(fd, iov, iov_count, at, call) \
  struct touch touch; \
  touch.target = target_of_fd(fd, touch.path); \
  if (touch.target == TO_NOTHING) return call; \
  touch.op = OP_WRITE; \
  touch.data = iov; \
  touch.data_count = iov_count; \
  int dies = before(&touch); \
  touch.offset = written_before(fd, touch.target, at); \
  ssize_t done = call; \
  after(&touch, done, dies); \
  return done

ssize_t write(int fd, const void *data, size_t length) {
  REAL(write);
  struct iovec iov = {(void *)data, length};
  WRITING(fd, &iov, 1, -1, real(fd, data, length));
}

ssize_t writev(int fd, const struct iovec *iov, int count) {
  REAL(writev);
  WRITING(fd, iov, count, -1, real(fd, iov, count));
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
  REAL(pwrite);
  struct iovec iov = {(void *)data, length};
  WRITING(fd, &iov, 1, offset, real(fd, data, length, offset));
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
  REAL(pwrite64);
  struct iovec iov = {(void *)data, length};
  WRITING(fd, &iov, 1, offset, real(fd, data, length, offset));
}

ssize_t pwritev(int fd, const struct iovec *iov, int count, off_t offset) {
  REAL(pwritev);
  WRITING(fd, iov, count, offset, real(fd, iov, count, offset));
}

ssize_t pwritev64(int fd, const struct iovec *iov, int count, off64_t offset) {
  REAL(pwritev64);
  WRITING(fd, iov, count, offset, real(fd, iov, count, offset));
}

ssize_t send(int fd, const void *data, size_t length, int flags) {
  REAL(send);
  struct iovec iov = {(void *)data, length};
  WRITING(fd, &iov, 1, 0, real(fd, data, length, flags));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  REAL(sendmsg);
  WRITING(fd, message->msg_iov, (int)message->msg_iovlen, 0, real(fd, message, flags));
}

/* Wraps a call without data on an open file. */
#define ON_FILE(fd, what, where, call) \
  struct touch touch; \
  touch.target = target_of_fd(fd, touch.path); \
  if (touch.target != TO_FILE) return call; \
  touch.op = what; \
  touch.offset = where; \
  touch.data_count = 0; \
  int dies = before(&touch); \
  int done = call; \
  after(&touch, done, dies); \
  return done

int fsync(int fd) {
  REAL(fsync);
  ON_FILE(fd, OP_SYNC, 0, real(fd));
}

int fdatasync(int fd) {
  REAL(fdatasync);
  ON_FILE(fd, OP_SYNC, 0, real(fd));
}

int ftruncate(int fd, off_t length) {
  REAL(ftruncate);
  ON_FILE(fd, OP_TRUNCATE, length, real(fd, length));
}

int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  ON_FILE(fd, OP_TRUNCATE, length, real(fd, length));
}

/* Wraps a call on a name that may take a second name as its data. */
#define ON_NAME(directory, name, what, iov, iov_count, call) \
  struct touch touch; \
  touch.target = target_of_name(directory, name, touch.path); \
  if (touch.target == TO_NOTHING) return call; \
  touch.op = what; \
  touch.offset = 0; \
  touch.data = iov; \
  touch.data_count = iov_count; \
  int dies = before(&touch); \
  int done = call; \
  after(&touch, done, dies); \
  return done

int unlink(const char *name) {
  REAL(unlink);
  ON_NAME(AT_FDCWD, name, OP_UNLINK, NULL, 0, real(name));
}

int unlinkat(int directory, const char *name, int flags) {
  REAL(unlinkat);
  ON_NAME(directory, name, OP_UNLINK, NULL, 0, real(directory, name, flags));
}

/* The new name, relative to the folder; absolute if it lies outside. */
static struct iovec new_name(int directory, const char *name, char *path) {
  if (target_of_name(directory, name, path) == TO_NOTHING) snprintf(path, PATH_MAX, "%s", name);
  return (struct iovec){path, strlen(path)};
}

int rename(const char *from, const char *to) {
  REAL(rename);
  char path[PATH_MAX];
  struct iovec iov = new_name(AT_FDCWD, to, path);
  ON_NAME(AT_FDCWD, from, OP_RENAME, &iov, 1, real(from, to));
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  REAL(renameat);
  char path[PATH_MAX];
  struct iovec iov = new_name(to_directory, to, path);
  ON_NAME(from_directory, from, OP_RENAME, &iov, 1, real(from_directory, from, to_directory, to));
}

/* Opening is a touch where it makes a file, or empties one that held something. */
#define OPENING(directory, name, flags, call) \
  struct touch touch; \
  struct stat about; \
  if ((flags & (O_CREAT | O_TRUNC)) == 0) return call; \
  touch.target = target_of_name(directory, name, touch.path); \
  if (touch.target == TO_NOTHING) return call; \
  int there = fstatat(directory, name, &about, 0) == 0; \
  if (there && ((flags & O_TRUNC) == 0 || about.st_size == 0)) return call; \
  touch.op = there ? OP_TRUNCATE : OP_CREATE; \
  touch.offset = 0; \
  touch.data_count = 0; \
  int dies = before(&touch); \
  int done = call; \
  after(&touch, done, dies); \
  return done

static mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

#define MODE(flags) \
  va_list rest; \
  va_start(rest, flags); \
  mode_t mode = mode_of(flags, rest); \
  va_end(rest)

int open(const char *name, int flags, ...) {
  REAL(open);
  MODE(flags);
  OPENING(AT_FDCWD, name, flags, real(name, flags, mode));
}

int open64(const char *name, int flags, ...) {
  REAL(open64);
  MODE(flags);
  OPENING(AT_FDCWD, name, flags, real(name, flags, mode));
}

int openat(int directory, const char *name, int flags, ...) {
  REAL(openat);
  MODE(flags);
  OPENING(directory, name, flags, real(directory, name, flags, mode));
}

int openat64(int directory, const char *name, int flags, ...) {
  REAL(openat64);
  MODE(flags);
  OPENING(directory, name, flags, real(directory, name, flags, mode));
}
