/*
 * sink PORT
 *
 * The fast receiver: bare C over epoll, one thread, one read and at most one write per readiness event, so that in a
 * comparison of senders the receiver is not the limit. It keeps no mail. Listens on 127.0.0.1:PORT (0: any free port),
 * says {"port":N} on stdout when ready, prints its counts on SIGUSR1, and prints them and ends on SIGTERM or SIGINT.
 *
 * Speaks HELO, EHLO (PIPELINING, CHUNKING, 8BITMIME), MAIL, RCPT, DATA, BDAT, RSET, NOOP, QUIT. Input may be cut
 * anywhere; every reply of one read leaves in one write, and a client that does not read its replies is not read from.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (256 * 1024)
/* The shortest command with a reply is a blank line (LF alone); its reply has 35 octets. */
#define REPLY_SIZE (READ_SIZE * 36 + 256)
#define LINE_SIZE 1024

enum mode { COMMAND, CONTENT, CHUNK };

struct conn {
  int fd;
  enum mode mode;
  int match;          /* CONTENT: octets of CR LF . CR LF seen so far, 0..4 */
  int mail;           /* MAIL was accepted */
  int rcpt;           /* recipients accepted */
  int bad_chunk;      /* CHUNK: 503 at its end, there was no transaction */
  int last;           /* CHUNK: it is the LAST one */
  int quit;           /* close when what is owed has been written */
  int line_length;    /* octets of an unfinished command line kept in `line` */
  int blocked;        /* waiting for EPOLLOUT */
  uint64_t chunk;     /* CHUNK: octets still to come */
  char *owed;         /* replies that did not fit into the socket */
  size_t owed_at, owed_length;
  char line[LINE_SIZE];
};

static char input[READ_SIZE];
static char *replies;
static size_t replies_length;
static uint64_t messages, connections, octets;
static volatile sig_atomic_t report_wanted, stop_wanted;
static int poll_fd;

static void on_signal(int number) {
  if (number == SIGUSR1) report_wanted = 1;
  else stop_wanted = 1;
}

static void die(const char *what) {
  fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void report(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("{\"messages\":%llu,\"connections\":%llu,\"octets\":%llu,\"userUs\":%lld,\"systemUs\":%lld}\n",
         (unsigned long long)messages, (unsigned long long)connections, (unsigned long long)octets,
         (long long)used.ru_utime.tv_sec * 1000000 + used.ru_utime.tv_usec,
         (long long)used.ru_stime.tv_sec * 1000000 + used.ru_stime.tv_usec);
  fflush(stdout);
}

#define REPLY(text) (memcpy(replies + replies_length, text, sizeof(text) - 1), replies_length += sizeof(text) - 1)

/* One command, without its line end. */
static void command(struct conn *c, const char *line, size_t length) {
  if (length >= 4 && strncasecmp(line, "MAIL", 4) == 0) {
    if (c->mail) {
      REPLY("503 5.5.1 Nested MAIL\r\n");
      return;
    }
    c->mail = 1;
    c->rcpt = 0;
    REPLY("250 2.1.0 Ok\r\n");
  } else if (length >= 4 && strncasecmp(line, "RCPT", 4) == 0) {
    if (!c->mail) {
      REPLY("503 5.5.1 Need MAIL\r\n");
      return;
    }
    c->rcpt++;
    REPLY("250 2.1.5 Ok\r\n");
  } else if (length >= 4 && strncasecmp(line, "DATA", 4) == 0) {
    if (c->rcpt == 0) {
      REPLY("503 5.5.1 Need RCPT\r\n");
      return;
    }
    c->mode = CONTENT;
    c->match = 2; /* the start of the content counts as the start of a line */
    REPLY("354 End with a dot\r\n");
  } else if (length >= 5 && strncasecmp(line, "BDAT ", 5) == 0) {
    size_t i = 5;
    uint64_t size = 0;
    while (i < length && line[i] >= '0' && line[i] <= '9') size = size * 10 + (uint64_t)(line[i++] - '0');
    c->chunk = size;
    c->last = length - i >= 5 && strncasecmp(line + i, " LAST", 5) == 0;
    c->bad_chunk = c->rcpt == 0;
    c->mode = CHUNK;
  } else if (length >= 4 && (strncasecmp(line, "EHLO", 4) == 0 || strncasecmp(line, "HELO", 4) == 0)) {
    c->mail = c->rcpt = 0;
    if ((line[0] | 32) == 'e') REPLY("250-sink.example\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n");
    else REPLY("250 sink.example\r\n");
  } else if (length >= 4 && strncasecmp(line, "RSET", 4) == 0) {
    c->mail = c->rcpt = 0;
    REPLY("250 2.0.0 Ok\r\n");
  } else if (length >= 4 && strncasecmp(line, "NOOP", 4) == 0) {
    REPLY("250 2.0.0 Ok\r\n");
  } else if (length >= 4 && strncasecmp(line, "QUIT", 4) == 0) {
    REPLY("221 2.0.0 Bye\r\n");
    c->quit = 1;
  } else {
    REPLY("500 5.5.1 Error: unknown command\r\n");
  }
}

static void message_done(struct conn *c) {
  messages++;
  c->mail = c->rcpt = 0;
  c->mode = COMMAND;
  REPLY("250 2.0.0 Ok\r\n");
}

/* Octets of `data` that belong to the content, the terminator included if it is there; `match` is 5 then. */
static size_t content(struct conn *c, const char *data, size_t length) {
  size_t i = 0;
  for (;;) {
    /* Octet by octet while a terminator may have begun. Its prefixes share only a CR, so a mismatch restarts at that. */
    while (c->match > 0 && i < length) {
      char octet = data[i++];
      if (octet == "\r\n.\r\n"[c->match]) {
        if (++c->match == 5) return i;
      } else {
        c->match = octet == '\r';
      }
    }
    if (i == length) return length;
    /* No prefix in hand: jump from dot to dot, which generated content has few of. */
    const char *dot = memchr(data + i, '.', length - i);
    if (!dot) {
      if (data[length - 1] == '\r') c->match = 1;
      else if (data[length - 1] == '\n' && length - i >= 2 && data[length - 2] == '\r') c->match = 2;
      return length;
    }
    size_t at = (size_t)(dot - data);
    c->match = at - i >= 2 && data[at - 2] == '\r' && data[at - 1] == '\n' ? 3 : 0;
    i = at + 1;
  }
}

/* Everything that one read brought. */
static void consume(struct conn *c, const char *data, size_t length) {
  size_t i = 0;
  while (!c->quit) {
    if (c->mode == CHUNK) { /* first, because a chunk of no octets is over at once */
      size_t take = length - i < c->chunk ? length - i : (size_t)c->chunk;
      i += take;
      c->chunk -= take;
      if (c->chunk > 0) return;
      c->mode = COMMAND;
      if (c->bad_chunk) REPLY("503 5.5.1 Need RCPT\r\n");
      else if (c->last) message_done(c);
      else REPLY("250 2.0.0 Ok\r\n");
      continue;
    }
    if (i == length) return;
    if (c->mode == CONTENT) {
      i += content(c, data + i, length - i);
      if (c->match == 5) message_done(c);
      continue;
    }
    const char *feed = memchr(data + i, '\n', length - i);
    size_t part = feed ? (size_t)(feed - data) - i : length - i;
    const char *line = data + i;
    size_t line_length = part;
    if (c->line_length > 0 || !feed) { /* put the pieces of a cut line together; too long a line loses its end */
      size_t room = LINE_SIZE - (size_t)c->line_length;
      size_t copy = part < room ? part : room;
      memcpy(c->line + c->line_length, line, copy);
      c->line_length += (int)copy;
      line = c->line;
      line_length = (size_t)c->line_length;
    }
    if (!feed) return;
    i += part + 1;
    c->line_length = 0;
    if (line_length > 0 && line[line_length - 1] == '\r') line_length--;
    command(c, line, line_length);
  }
}

static void hang_up(struct conn *c) {
  close(c->fd);
  free(c->owed);
  free(c);
}

static void watch(struct conn *c, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &event) < 0) die("epoll_ctl");
}

/* Writes what the last read earned; false if the connection is gone. */
static int answer(struct conn *c) {
  if (replies_length > 0) {
    ssize_t written = send(c->fd, replies, replies_length, MSG_NOSIGNAL);
    if (written < 0 && errno != EAGAIN) return 0;
    if (written < 0) written = 0;
    if ((size_t)written < replies_length) {
      c->owed_at = 0;
      c->owed_length = replies_length - (size_t)written;
      c->owed = malloc(c->owed_length);
      if (!c->owed) die("malloc");
      memcpy(c->owed, replies + written, c->owed_length);
      c->blocked = 1;
      watch(c, EPOLLOUT);
      return 1;
    }
  }
  return !c->quit;
}

static int answer_rest(struct conn *c) {
  ssize_t written = send(c->fd, c->owed + c->owed_at, c->owed_length - c->owed_at, MSG_NOSIGNAL);
  if (written < 0) return errno == EAGAIN;
  c->owed_at += (size_t)written;
  if (c->owed_at < c->owed_length) return 1;
  free(c->owed);
  c->owed = NULL;
  c->blocked = 0;
  if (c->quit) return 0;
  watch(c, EPOLLIN);
  return 1;
}

static void serve(struct conn *c) {
  int alive;
  if (c->blocked) {
    alive = answer_rest(c);
  } else {
    ssize_t length = recv(c->fd, input, sizeof input, 0);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0) {
      hang_up(c);
      return;
    }
    octets += (uint64_t)length;
    replies_length = 0;
    consume(c, input, (size_t)length);
    alive = answer(c);
  }
  if (!alive) hang_up(c);
}

static void welcome(int listener) {
  /* One at a time: level-triggered epoll returns for the rest, and established sessions get their turn between. */
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  struct conn *c = malloc(sizeof *c);
  if (!c) die("malloc");
  memset(c, 0, offsetof(struct conn, line));
  c->fd = fd;
  connections++;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
  replies_length = 0;
  REPLY("220 sink.example ESMTP\r\n");
  if (!answer(c)) hang_up(c);
}

int main(int count, char **words) {
  if (count != 2) {
    fprintf(stderr, "usage: sink PORT\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM); /* a benchmark that was killed leaves no receiver behind */
  replies = malloc(REPLY_SIZE);
  if (!replies) die("malloc");

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
  if (listener < 0) die("socket");
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  /* Accepted sockets inherit it. Without it a second small reply waits for the peer's delayed acknowledgement. */
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t address_length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(listener, 4096) < 0) die("listen");
  getsockname(listener, (struct sockaddr *)&address, &address_length);

  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (poll_fd < 0) die("epoll_create1");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event) < 0) die("epoll_ctl");

  /* Signals arrive only while waiting, so a request to report can't slip between the check and the wait. */
  struct sigaction action = {.sa_handler = on_signal};
  sigset_t blocked, open;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGINT);
  sigprocmask(SIG_BLOCK, &blocked, &open);
  sigdelset(&open, SIGUSR1);
  sigdelset(&open, SIGTERM);
  sigdelset(&open, SIGINT);
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);

  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);

  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_pwait(poll_fd, events, 256, -1, &open);
    if (ready < 0 && errno != EINTR) die("epoll_pwait");
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr) serve(events[i].data.ptr);
      else welcome(listener);
    }
    if (report_wanted) {
      report_wanted = 0;
      report();
    }
    if (stop_wanted) {
      report();
      return 0;
    }
  }
}
