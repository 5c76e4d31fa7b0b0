#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A database in files/ with a rollback journal: transactions, roll back, vacuum, two at once,
# and what the host has afterwards.

. "$(dirname "$0")/lib.sh"
need sqlite3
mkdir "$T/disk"
start -o "mem=64M,files=$T/disk"
db=$M/files/test.db
sql() { timeout 60 sqlite3 -batch -cmd '.timeout 20000' "$db" "$1" 2>&1; }

expect_eq "journal" "$(sql 'PRAGMA journal_mode=delete')" delete
expect_eq "tables" "$(sql 'CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, body BLOB);
	CREATE INDEX by_name ON t(name);')" ""
expect_eq "5000 rows" "$(sql "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
	INSERT INTO t SELECT i, 'name ' || (i * 7919 % 5000), randomblob(i % 700) FROM n; COMMIT;
	SELECT count(*), count(DISTINCT name) FROM t")" '5000|5000'
expect_eq "integrity" "$(sql 'PRAGMA integrity_check')" ok
sum=$(sql 'SELECT sum(length(body)), count(*) FROM t')
expect_eq "rolled back" "$(sql "BEGIN; DELETE FROM t WHERE id % 2; UPDATE t SET body = randomblob(3000);
	ROLLBACK; SELECT sum(length(body)), count(*) FROM t")" "$sum"
expect_eq "no journal is left" "$(ls "$M/files")" test.db
for ((i = 0; i < 30; i++)); do sql "UPDATE t SET name = 'changed $i' WHERE id = $((i * 100 + 1))"; done
expect_eq "30 transactions" "$(sql "SELECT count(*) FROM t WHERE name LIKE 'changed%'")" 30

# Two writers, each in transactions of its own.
writers=()
for who in a b; do
	for ((i = 0; i < 20; i++)); do
		printf "BEGIN IMMEDIATE; INSERT INTO t(name, body) VALUES('%s%d', zeroblob(5000)); COMMIT;\n" $who $i
	done >"$T/$who.sql"
	timeout 60 sqlite3 -batch -cmd '.timeout 20000' "$db" <"$T/$who.sql" >"$T/$who.out" 2>&1 &
	writers+=($!)
done
wait "${writers[@]}"
expect_eq "what they said" "$(cat "$T"/[ab].out)" ""
expect_eq "both wrote all" "$(sql "SELECT count(*) FROM t WHERE name GLOB '[ab][0-9]*'")" 40

# A simulated process has the database mapped meanwhile.
does 1 'mmap 0x50000000 1M r-- shared,fixed test.db' 0x50000000
expect_eq "its header" "$(bytes 1 0x50000000 15)" 'SQLite format 3'
before=$(cksum <"$db")
expect_eq "the whole of it" "$(dd if="$M/1/mem" bs=64K iflag=skip_bytes,count_bytes skip=$((0x50000000)) count=1M status=none | cksum)" \
	"$(head -c 1M "$db" | cksum)"
expect_eq "vacuum" "$(sql 'DELETE FROM t WHERE id > 100; VACUUM; PRAGMA integrity_check; SELECT count(*) FROM t')" $'ok\n100'
expect_unlike "it is another now" "$(cksum <"$db")" "^$before\$"
expect_eq "as the mapping sees" "$(bytes 1 0x50000000 4096 | cksum)" "$(head -c 4096 "$db" | cksum)"
check_ok

# Killed in the middle of a transaction: the journal is rolled back.
mkfifo "$T/pipe"
sqlite3 -batch "$db" <"$T/pipe" >"$T/crash.out" 2>&1 &
crashing=$!
exec 9>"$T/pipe"
printf 'PRAGMA cache_size=5;\nBEGIN;\nUPDATE t SET body = zeroblob(9000);\n' >&9
for ((i = 0; i < 200; i++)); do [ -s "$db-journal" ] && [ "$(stat -c %s "$db")" -gt 500000 ] && break; sleep 0.02; done
kill -9 $crashing
wait $crashing 2>/dev/null
exec 9>&-
expect_eq "it left a journal" "$(ls "$M/files" | xargs)" 'test.db test.db-journal'
expect_eq "after a crash" "$(sql 'PRAGMA integrity_check; SELECT count(*), sum(length(body)) < 100000 FROM t')" $'ok\n100|1'
want=$(sql .dump | cksum)
stop
expect_eq "on the host" "$(sqlite3 "$T/disk/test.db" 'PRAGMA integrity_check')" ok
expect_eq "the same rows" "$(sqlite3 "$T/disk/test.db" .dump | cksum)" "$want"
done_testing
