// SPDX-License-Identifier: Apache-2.0
//
// A guest that prints what it was started with: registers, start info, rings and memory, as 32-bit code.

typedef unsigned char u8;
typedef unsigned u32;
typedef unsigned long long u64;

#define HVM_OP 34
#define SCHED_OP 29

u32 seen[14];
static u8 stack[4096] __attribute__((aligned(16), used));
extern u8 __executable_start[], _end[];

__asm__(".section .note.Xen, \"a\", @note\n"
        ".balign 4\n"
        ".long 4, 4, 18\n"
        ".asciz \"Xen\"\n"
        ".long witness_entry\n"
        ".text\n"
        ".globl witness_entry\n"
        "witness_entry:\n"
        "  movl %eax, seen\n  movl %ebx, seen + 4\n  movl %ecx, seen + 8\n  movl %edx, seen + 12\n"
        "  movl %esi, seen + 16\n  movl %edi, seen + 20\n  movl %ebp, seen + 24\n"
        "  movl %esp, seen + 28\n"
        "  movl $stack + 4096, %esp\n  pushfl\n  popl seen + 32\n  cld\n"
        "  xorl %eax, %eax\n"
        "  movw %cs, %ax\n  movl %eax, seen + 36\n  movw %ds, %ax\n  movl %eax, seen + 40\n"
        "  movw %es, %ax\n  movl %eax, seen + 44\n  movw %ss, %ax\n  movl %eax, seen + 48\n"
        "  strw %ax\n  movl %eax, seen + 52\n"
        "  call witness\n");

static long hypercall(u32 number, u32 first, void *second) {
  long result;
  __asm__ volatile("vmmcall" : "=a"(result), "+b"(first), "+c"(second) : "a"(number) : "memory");
  return result;
}

static u32 parameter(u32 index) {
  struct {
    u32 domain, index;
    u64 value;
  } argument = {0x7ff0, index, 0};
  hypercall(HVM_OP, 1, &argument);
  return (u32)argument.value;
}

static u8 *console;
static u32 produced;

static void put(char letter) { console[1024 + (produced++ & 2047)] = (u8)letter; }

static void text(const char *letters) {
  while (*letters != 0) put(*letters++);
}

// A line: a name, and a number with as many hexadecimal digits as it needs.
static void say(const char *name, u64 value) {
  text(name);
  put(' ');
  int shift = 60;
  while (shift > 0 && (value >> shift & 15) == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 15]);
  put('\n');
}

static u32 word(u64 address) { return *(volatile u32 *)(u32)address; }
static u64 wide(u64 address) { return *(volatile u64 *)(u32)address; }

void witness(void) {
  u32 info = seen[1], store = parameter(1);
  console = (u8 *)(parameter(17) << 12);
  u32 first = produced = word((u32)console + 3084);
  // Before anything else is written.
  u8 stale = console[1024 + (first & 2047)], connection = console[3088], far = *(u8 *)0x900000;
  static const char *const names[] = {"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp",
                                      "esp", "flags", "cs", "ds", "es", "ss", "tr"};
  for (int index = 0; index < 14; index++) say(names[index], seen[index]);
  say("image", (u32)__executable_start);
  say("end", (u32)_end);
  say("magic", word(info));
  say("version", word(info + 4));
  say("modules", word(info + 12));
  say("list", wide(info + 16));
  if (word(info + 12) != 0) {
    u64 module = wide(wide(info + 16));
    say("module", module);
    say("letter", *(u8 *)(u32)module);
  }
  u64 command = wide(info + 24);
  say("cmdline", command);
  u32 length = 0;
  if (command != 0)
    while (((u8 *)(u32)command)[length] != 0) length++;
  say("length", length);
  say("rsdp", wide(info + 32));
  u32 entries = word(info + 4) == 0 ? 0 : word(info + 48);
  u64 map = word(info + 4) == 0 ? 0 : wide(info + 40), ram = 0, highest = 0;
  u32 unsorted = 0, touching = 0;
  for (u32 index = 0; index < entries; index++) {
    u64 entry = map + index * 24, start = wide(entry), size = wide(entry + 8);
    if (index > 0 && start < wide(entry - 24)) unsorted++;
    if (word(entry + 16) != 1) continue;
    if (index > 0 && wide(entry - 24) + wide(entry - 16) == start) touching++;
    ram += size;
    if (start + size > highest) highest = start + size;
  }
  say("entries", entries);
  say("unsorted", unsorted);
  say("touching", touching);
  say("ram", ram);
  say("highest", highest);
  say("console", parameter(17));
  say("store", store);
  say("first", first);
  say("request", word((store << 12) + 2052));
  say("stale", stale);
  say("connection", connection);
  say("far", far);
  *(volatile u32 *)(console + 3084) = produced;
  u32 port = parameter(18), reason = 0;
  hypercall(32, 4, &port);
  hypercall(SCHED_OP, 2, &reason);
  for (;;) __asm__ volatile("hlt");
}
