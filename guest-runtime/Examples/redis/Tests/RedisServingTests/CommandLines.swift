// SPDX-License-Identifier: Apache-2.0

/// Commands, one after the other; '' is an empty word.
enum CommandLines {
  static let all = simple + "\n" + others

  /// Strings, keys and lists.
  private static let simple = """
    PING
    ping hello
    PING a b
    ECHO
    ECHO a
    FOO a b
    FOO
    SELECT 0
    SELECT 1
    SELECT x
    # Strings.
    GET a
    GET
    SET a
    SET a 1
    Get a
    SET a 2 NX
    SET a 2 XX
    SET b 2 XX
    SET a 3 NX XX
    SET a 3 GET
    SET new 3 GET
    SET a 4 NX GET
    SET a 3 EX
    SET a 3 EX 0
    SET a 3 EX -1
    SET a 3 EX x
    SET a 3 EX 10 PX 10
    SET a 3 EX 10 KEEPTTL
    SET a 3 KEEPTTL EX 10
    SET a 3 EX 9223372036854775807
    SET a 3 PX 9223372036854775807
    SET a 3 BAD
    SET a 3 EX 100
    TTL a
    SET a 4 KEEPTTL
    TTL a
    SET a 5
    TTL a
    SET past 1 PXAT 100
    GET past
    SET a 5 EXAT 33177117420
    EXPIRETIME a
    PEXPIRETIME a
    PEXPIRETIME nokey
    SETNX a 1
    SETNX c 1
    SETEX d 100 x
    SETEX d 0 x
    SETEX d x x
    PSETEX d 100000 x
    TTL d
    PTTL nokey
    GETSET a 9
    GETSET nokey2 9
    GETDEL a
    GETDEL a
    MSET a 1 b 2 c 3
    MSET a
    MSET a 1 b
    MGET a b nokey c
    APPEND a xyz
    APPEND nokey3 xyz
    STRLEN a
    STRLEN nokey
    SET r 0123456789
    GETRANGE r 0 -1
    GETRANGE r -3 -1
    GETRANGE r -1 -3
    GETRANGE r -100 2
    GETRANGE r 2 100
    GETRANGE r 5 2
    GETRANGE r 100 200
    GETRANGE r -100 -200
    GETRANGE r -200 -100
    GETRANGE r x 1
    GETRANGE nokey 0 -1
    SET n 10
    INCR n
    DECR n
    INCRBY n 5
    DECRBY n 7
    DECRBY n -9223372036854775808
    INCRBY n 9223372036854775807
    INCRBY n x
    INCR newn
    SET n 010
    INCR n
    SET n -0
    INCR n
    SET n ''
    INCR n
    SET n 9223372036854775808
    INCR n
    SET n -9223372036854775808
    DECR n
    INCR n
    SET n +1
    INCR n
    # Keys.
    DEL
    DEL a nokey b b
    UNLINK c
    EXISTS r r nokey
    TOUCH r nokey
    TYPE r
    TYPE nokey
    EXPIRE r
    EXPIRE r x
    EXPIRE r 9223372036854775807
    EXPIRE r -9223372036854775807
    EXPIRE r 100
    EXPIRE r 100 NX
    EXPIRE r 200 XX
    EXPIRE r 100 GT
    EXPIRE r 100 LT
    EXPIRE r 100 NX XX
    EXPIRE r 100 GT LT
    EXPIRE r 100 BAD
    EXPIRE nokey 100
    TTL r
    PERSIST r
    PERSIST r
    PERSIST nokey
    EXPIRE r 100 GT
    EXPIRE r 100 XX
    EXPIRE r 100 LT
    EXPIREAT r 33177117420
    TTL nokey
    EXPIRETIME r
    PEXPIREAT r 33177117420000
    PEXPIRE r 100000
    EXPIRE r -1
    EXISTS r
    FLUSHALL
    DBSIZE
    DBSIZE x
    MSET hello 1 hallo 2 hxllo 3 heello 4 h[llo 5
    KEYS *
    KEYS h?llo
    KEYS h*llo
    KEYS h[ae]llo
    KEYS h[^e]llo
    KEYS h[a-f]llo
    KEYS h\\[llo
    KEYS h[
    KEYS [
    KEYS h*l*l*o
    KEYS nothing
    SCAN 0
    SCAN x
    SCAN 0 COUNT 0
    SCAN 0 COUNT x
    SCAN 0 BAD 1
    SCAN 0 MATCH
    SCAN 0 MATCH h?llo COUNT 100
    SCAN 0 TYPE string
    SCAN 0 TYPE list
    DBSIZE
    FLUSHDB SYNC
    FLUSHALL BAD
    FLUSHALL ASYNC
    # Lists.
    LPUSH l
    LPUSH l a b c
    RPUSH l d e
    LRANGE l 0 -1
    LRANGE l 1 2
    LRANGE l -2 -1
    LRANGE l 5 10
    LRANGE l 3 1
    LRANGE l -100 100
    LRANGE l x 1
    LRANGE nokey 0 -1
    LINDEX l 0
    LINDEX l -1
    LINDEX l 10
    LINDEX l -10
    LINDEX l x
    LINDEX nokey 0
    LLEN l
    LLEN nokey
    LPOP l
    RPOP l
    LPOP l 0
    LPOP l 2
    LPOP l -1
    LPOP l x
    LPOP l 1 2
    RPOP l 10
    EXISTS l
    LPOP l
    LPOP l 2
    RPOP nokey
    """
}
