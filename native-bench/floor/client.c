/*
 * client [--host A.B.C.D] --port N [--mode lock-step|pipelined|glued|bdat] [--sessions N] [--messages N]
 *        [--size OCTETS] [--depth N] [--per-message]
 *
 * The floor: the conversations of a mail source in bare C over epoll, one thread, with nothing else to do. What is left
 * is the price of the system calls, so no sender on this machine can be cheaper in the same conversation.
 *
 *   lock-step   HELO; MAIL, RCPT, DATA, content and dot, each awaited before the next
 *   pipelined   EHLO; MAIL+RCPT+DATA in one write; content and dot
 *   glued       as pipelined, the dot and the next MAIL+RCPT+DATA in one write
 *   bdat        N transactions MAIL+RCPT+BDAT LAST back to back in one write, then their 3 N replies (--depth N)
 *   --per-message   a connection per message, ended by QUIT and a reset (lock-step, pipelined); when pipelined QUIT
 *                   travels with the content
 *
 * SIZE is the payload as smtp-source -l counts it; four header lines of the usual length come before it. Messages are one
 * pool for all sessions. Prints {"messages","seconds","userUs","systemUs"} of its own getrusage. Exit 1 at the first
 * wrong reply or lost connection.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum mode { LOCK_STEP, PIPELINED, GLUED, BDAT };
static const char *const MODES[] = {"lock-step", "pipelined", "glued", "bdat"};

/* What a session has sent last and awaits the replies of. */
enum step { GREETING, HELLO, MAIL, RCPT, DATA, ENVELOPE, CONTENT, LAST, BATCH, QUIT };

struct bytes {
  const char *at;
  size_t length;
};

struct session {
  int fd;
  enum step step;
  const char *expected; /* first digits of the replies still to come; at its end the step is done */
  int column;           /* in the reply line under way: 0 its first digit, 4 and more past the fourth octet */
  int more;             /* its fourth octet was '-' */
  int transactions;     /* BATCH: how many */
  struct bytes rest;    /* what did not fit into the socket */
};

static enum mode mode = LOCK_STEP;
static int per_message, depth = 1;
static long pool = 1, finished;
static int open_sessions, poll_fd;
static struct sockaddr_in peer = {.sin_family = AF_INET};

static struct bytes hello, mail, rcpt, data, envelope, content, glued, content_quit, quit;
static char *batch, *batch_expected;
static size_t batch_unit;
static char input[256 * 1024];

static void die(const char *what) {
  fprintf(stderr, "client: %s: %s\n", what, errno ? strerror(errno) : "failed");
  exit(1);
}

static struct bytes join(const struct bytes *parts, int count) {
  size_t length = 0;
  for (int i = 0; i < count; i++) length += parts[i].length;
  char *all = malloc(length), *to = all;
  if (!all) die("malloc");
  for (int i = 0; i < count; i++) to = mempcpy(to, parts[i].at, parts[i].length);
  return (struct bytes){all, length};
}

static struct bytes text(const char *string) { return (struct bytes){string, strlen(string)}; }

/* Headers and a payload of `size` octets in lines of 80, laid out like smtp-source -l, and a final CRLF. */
static struct bytes render(size_t size) {
  struct bytes headers = text(
      "From: <foo@sender.example>\r\nTo: <foo@receiver.example>\r\n"
      "Date: Sun, 22 Nov 2026 13:23:21 +0000 (UTC)\r\nMessage-Id: <1a2b.0003.0001@sender.example>\r\n\r\n");
  char *payload = malloc(size + 2);
  if (!payload) die("malloc");
  memset(payload, 'X', size);
  for (size_t k = 1; 80 * k < size; k++) {
    payload[80 * (k - 1)] = (char)('0' + k % 10);
    memcpy(payload + 80 * k - 2, "\r\n", 2);
  }
  memcpy(payload + size, "\r\n", 2);
  return join((struct bytes[]){headers, {payload, size + 2}}, 2);
}

static void prepare(size_t size) {
  struct bytes message = render(size), dot = text(".\r\n");
  hello = text(mode == LOCK_STEP ? "HELO sender.example\r\n" : "EHLO sender.example\r\n");
  mail = text("MAIL FROM:<foo@sender.example>\r\n");
  rcpt = text("RCPT TO:<foo@receiver.example>\r\n");
  data = text("DATA\r\n");
  quit = text("QUIT\r\n");
  envelope = join((struct bytes[]){mail, rcpt, data}, 3);
  content = join((struct bytes[]){message, dot}, 2);
  glued = join((struct bytes[]){content, envelope}, 2);
  content_quit = join((struct bytes[]){content, quit}, 2);
  if (mode != BDAT) return;
  char line[64];
  snprintf(line, sizeof line, "BDAT %zu LAST\r\n", message.length);
  struct bytes unit = join((struct bytes[]){mail, rcpt, text(line), message}, 4);
  batch_unit = unit.length;
  batch = malloc(unit.length * (size_t)depth);
  batch_expected = malloc((size_t)depth * 3 + 1);
  if (!batch || !batch_expected) die("malloc");
  for (int i = 0; i < depth; i++) memcpy(batch + (size_t)i * unit.length, unit.at, unit.length);
  memset(batch_expected, '2', (size_t)depth * 3);
  batch_expected[depth * 3] = 0;
}

static void watch(struct session *s, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = s};
  if (epoll_ctl(poll_fd, EPOLL_CTL_MOD, s->fd, &event) < 0) die("epoll_ctl");
}

static void put(struct session *s, enum step step, struct bytes what, const char *expected) {
  s->step = step;
  s->expected = expected;
  ssize_t written = send(s->fd, what.at, what.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (written < 0 && errno != EAGAIN) die("send");
  if (written < 0) written = 0;
  if ((size_t)written < what.length) {
    s->rest = (struct bytes){what.at + written, what.length - (size_t)written};
    watch(s, EPOLLIN | EPOLLOUT);
  }
}

static void put_rest(struct session *s) {
  ssize_t written = send(s->fd, s->rest.at, s->rest.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (written < 0 && errno != EAGAIN) die("send");
  if (written < 0) return;
  s->rest.at += written;
  s->rest.length -= (size_t)written;
  if (s->rest.length == 0) watch(s, EPOLLIN);
}

/* Takes a message and connects; false if there is none left. connect() blocks: on loopback it returns with the handshake
 * done, so one is outstanding at a time and no event is needed to learn of its end. */
static int begin(struct session *s) {
  if (pool == 0) return 0;
  pool--;
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s->fd < 0) die("socket");
  struct linger reset = {1, 0};
  setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  if (!per_message) { /* the end of a long message must not wait for an acknowledgement */
    int yes = 1;
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  if (connect(s->fd, (struct sockaddr *)&peer, sizeof peer) < 0) die("connect");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, s->fd, &event) < 0) die("epoll_ctl");
  s->step = GREETING;
  s->expected = "2";
  s->column = s->more = 0;
  s->rest.length = 0;
  open_sessions++;
  return 1;
}

static void end(struct session *s) {
  close(s->fd);
  s->fd = -1;
  open_sessions--;
  if (per_message) begin(s);
}

/* The next message of this connection is already out of the pool. */
static void next_message(struct session *s) {
  switch (mode) {
  case LOCK_STEP:
    put(s, MAIL, mail, "2");
    break;
  case BDAT: {
    int more = pool < depth - 1 ? (int)pool : depth - 1;
    pool -= more;
    s->transactions = 1 + more;
    put(s, BATCH, (struct bytes){batch, batch_unit * (size_t)s->transactions},
        batch_expected + 3 * (depth - s->transactions));
    break;
  }
  default:
    put(s, ENVELOPE, envelope, "223");
  }
}

static void message_done(struct session *s) {
  if (per_message || pool == 0) {
    put(s, QUIT, quit, "2");
    return;
  }
  pool--;
  next_message(s);
}

static void put_content(struct session *s) {
  if (mode == PIPELINED && per_message) {
    put(s, LAST, content_quit, "22");
  } else if (mode == GLUED && pool > 0) {
    pool--;
    put(s, CONTENT, glued, "2223");
  } else if (mode == GLUED) {
    put(s, LAST, content_quit, "22");
  } else {
    put(s, CONTENT, content, "2");
  }
}

/* Every awaited reply is there: the next step. */
static void advance(struct session *s) {
  switch (s->step) {
  case GREETING:
    put(s, HELLO, hello, "2");
    break;
  case HELLO:
    next_message(s);
    break;
  case MAIL:
    put(s, RCPT, rcpt, "2");
    break;
  case RCPT:
    put(s, DATA, data, "3");
    break;
  case DATA:
  case ENVELOPE:
    put_content(s);
    break;
  case CONTENT:
    finished++;
    if (mode == GLUED) put_content(s);
    else message_done(s);
    break;
  case BATCH:
    finished += s->transactions;
    message_done(s);
    break;
  case LAST:
    finished++;
    end(s);
    break;
  case QUIT:
    end(s);
    break;
  }
}

static void take(struct session *s) {
  ssize_t length = recv(s->fd, input, sizeof input, MSG_DONTWAIT);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) die("connection lost");
  for (ssize_t i = 0; i < length; i++) {
    char octet = input[i];
    if (s->column == 0) {
      if (octet != *s->expected) {
        fprintf(stderr, "client: reply begins with '%c', expected '%c' (step %d)\n", octet, *s->expected, s->step);
        exit(1);
      }
    } else if (s->column == 3) {
      s->more = octet == '-';
      /* The rest of the line means nothing; a code alone on its line ends here too. */
      char *feed = memchr(input + i, '\n', (size_t)(length - i));
      i = feed ? feed - input : length;
      s->column = 4;
    } else if (s->column > 3) {
      char *feed = memchr(input + i, '\n', (size_t)(length - i));
      i = feed ? feed - input : length;
    }
    if (i == length) return;
    if (input[i] != '\n') {
      s->column++;
      continue;
    }
    s->column = 0;
    if (!s->more && *++s->expected == 0) {
      if (i + 1 < length) {
        fprintf(stderr, "client: more replies than commands (step %d)\n", s->step);
        exit(1);
      }
      if (s->rest.length > 0) die("replied to before it was sent");
      advance(s);
      return;
    }
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int count, char **words) {
  static const struct option options[] = {
      {"host", 1, 0, 'h'},     {"port", 1, 0, 'p'}, {"mode", 1, 0, 'o'},  {"sessions", 1, 0, 's'},
      {"messages", 1, 0, 'm'}, {"size", 1, 0, 'l'}, {"depth", 1, 0, 'd'}, {"per-message", 0, 0, 'n'},
      {0, 0, 0, 0}};
  const char *host = "127.0.0.1";
  int sessions = 1, letter;
  long size = 1024;
  while ((letter = getopt_long(count, words, "", options, NULL)) != -1) {
    if (letter == 'h') host = optarg;
    else if (letter == 'p') peer.sin_port = htons((uint16_t)atoi(optarg));
    else if (letter == 's') sessions = atoi(optarg);
    else if (letter == 'm') pool = atol(optarg);
    else if (letter == 'l') size = atol(optarg);
    else if (letter == 'd') depth = atoi(optarg);
    else if (letter == 'n') per_message = 1;
    else if (letter == 'o') {
      for (mode = LOCK_STEP; mode <= BDAT && strcmp(MODES[mode], optarg) != 0; mode++)
        ;
    } else return 2;
  }
  if (optind != count || mode > BDAT || peer.sin_port == 0 || sessions < 1 || pool < 1 || size < 1 || depth < 1 ||
      (per_message && mode > PIPELINED) || inet_pton(AF_INET, host, &peer.sin_addr) != 1) {
    fprintf(stderr, "client: bad options; the head of client.c has the list\n");
    return 2;
  }
  prepare((size_t)size);

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct session *all = calloc((size_t)sessions, sizeof *all);
  if (poll_fd < 0 || !all) die("start");
  double start = now();
  long asked = pool;
  int begun = 0;
  struct epoll_event events[256];
  while (begun < sessions && begin(&all[begun])) begun++;
  while (open_sessions > 0) {
    int ready = epoll_wait(poll_fd, events, 256, -1);
    if (ready < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < ready; i++) {
      struct session *s = events[i].data.ptr;
      if (events[i].events & EPOLLOUT && s->rest.length > 0) put_rest(s);
      if (events[i].events & ~(uint32_t)EPOLLOUT) take(s);
    }
  }
  double seconds = now() - start;
  errno = 0;
  if (finished != asked) die("messages are missing");

  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("{\"messages\":%ld,\"seconds\":%.6f,\"userUs\":%lld,\"systemUs\":%lld}\n", finished, seconds,
         (long long)used.ru_utime.tv_sec * 1000000 + used.ru_utime.tv_usec,
         (long long)used.ru_stime.tv_sec * 1000000 + used.ru_stime.tv_usec);
  return 0;
}
