package tsdb

import (
	"net/http"
	"net/url"
)

// contract is run in order: later exchanges see what earlier ones wrote. The
// answers were taken from influxd 1.8.10.
var contract = []exchange{
	{
		name: "write", form: url.Values{"precision": {"ms"}}, code: 204,
		body: "air,node=n1,sensor=pm-1 pm2_5=12.5,pm2_5_qc=2i 1700000000000\n" +
			"air,node=n1,sensor=pm-1 pm2_5=13 1700000060000\n" +
			"air,node=n2,sensor=pm-1 pm2_5=99 1700000060000\n" +
			"note text=\"a,b\",ok=true 1700000000000\n",
	},
	{
		name: "write gzip", form: url.Values{"precision": {"s"}}, code: 204,
		header: http.Header{"Content-Encoding": {"gzip"}},
		body:   "air,node=n1,sensor=pm-1 pm2_5=14 1700000120",
	},
	{
		name: "write v2", path: "/api/v2/write", code: 204,
		form: url.Values{"bucket": {"siaga_contract/autogen"}, "org": {"x"}, "precision": {"us"}},
		body: "air,node=n1,sensor=pm-1 pm2_5=15 1700000180000000",
	},
	{name: "write nothing", body: "", code: 204},
	{name: "write comment only", body: "# nothing\n", code: 204},
	{
		name: "write the same again", form: url.Values{"precision": {"ms"}}, code: 204,
		body: "air,node=n1,sensor=pm-1 pm2_5=13 1700000060000",
	},

	{
		name: "select", q: `SELECT pm2_5, pm2_5_qc FROM air WHERE node = 'n1'`, code: 200,
		want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5","pm2_5_qc"],"values":[["2023-11-14T22:13:20Z",12.5,2],["2023-11-14T22:14:20Z",13,null],["2023-11-14T22:15:20Z",14,null],["2023-11-14T22:16:20Z",15,null]]}]}]}` + "\n",
	},
	{
		name: "select by POST", method: "POST", q: `SELECT text, ok FROM note`, code: 200,
		want: `{"results":[{"statement_id":0,"series":[{"name":"note","columns":["time","text","ok"],"values":[["2023-11-14T22:13:20Z","a,b",true]]}]}]}` + "\n",
	},
	{
		name: "epoch", q: `SELECT pm2_5 FROM air WHERE node = 'n2'`, form: url.Values{"epoch": {"ms"}}, code: 200,
		want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5"],"values":[[1700000060000,99]]}]}]}` + "\n",
	},
	{
		name: "group by", q: `SELECT mean(pm2_5), count(pm2_5) FROM air WHERE time >= 1700000000s AND time < 1700000240s GROUP BY time(2m), node fill(null)`,
		form: url.Values{"epoch": {"s"}}, code: 200,
		want: `{"results":[{"statement_id":0,"series":[{"name":"air","tags":{"node":"n1"},"columns":["time","mean","count"],"values":[[1699999920,12.5,1],[1700000040,13.5,2],[1700000160,15,1]]},{"name":"air","tags":{"node":"n2"},"columns":["time","mean","count"],"values":[[1699999920,null,0],[1700000040,99,1],[1700000160,null,0]]}]}]}` + "\n",
	},
	{
		name: "last of each", q: `SELECT last(pm2_5) FROM air GROUP BY node`, form: url.Values{"epoch": {"s"}}, code: 200,
		want: `{"results":[{"statement_id":0,"series":[{"name":"air","tags":{"node":"n1"},"columns":["time","last"],"values":[[1700000180,15]]},{"name":"air","tags":{"node":"n2"},"columns":["time","last"],"values":[[1700000060,99]]}]}]}` + "\n",
	},
	{
		name: "params", q: `SELECT pm2_5 FROM air WHERE node = $node AND pm2_5 > $min`, code: 200,
		form: url.Values{"params": {`{"node":"n1","min":13.5}`}, "epoch": {"s"}},
		want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5"],"values":[[1700000120,14],[1700000180,15]]}]}]}` + "\n",
	},
	{
		name: "chunked", q: `SELECT pm2_5 FROM air WHERE node = 'n1'`, code: 200,
		form: url.Values{"chunked": {"true"}, "chunk_size": {"3"}, "epoch": {"s"}},
		want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5"],"values":[[1700000000,12.5],[1700000060,13],[1700000120,14]],"partial":true}],"partial":true}]}` + "\n" +
			`{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5"],"values":[[1700000180,15]]}]}]}` + "\n",
	},
	{
		name: "too much of a query", q: `SHOW DATABASES LIMIT 0`, code: 400,
		want: `{"error":"error parsing query: found LIMIT, expected ; at line 1, char 16"}` + "\n",
	},
	{
		name: "pretty", q: `SELECT ok FROM note`, form: url.Values{"pretty": {"true"}, "epoch": {"s"}}, code: 200,
		want: "{\n    \"results\": [\n        {\n            \"statement_id\": 0,\n            \"series\": [\n                {\n                    \"name\": \"note\",\n                    \"columns\": [\n                        \"time\",\n                        \"ok\"\n                    ],\n                    \"values\": [\n                        [\n                            1700000000,\n                            true\n                        ]\n                    ]\n                }\n            ]\n        }\n    ]\n}\n",
	},
	{
		name: "csv", q: `SELECT pm2_5 FROM air GROUP BY node; SELECT text, ok FROM note`, code: 200,
		header: http.Header{"Accept": {"application/json;q=0.5, text/csv"}},
		want: "name,tags,time,pm2_5\nair,node=n1,1700000000000000000,12.5\nair,node=n1,1700000060000000000,13\nair,node=n1,1700000120000000000,14\nair,node=n1,1700000180000000000,15\nair,node=n2,1700000060000000000,99\n" +
			"\nname,tags,time,text,ok\nnote,,1700000000000000000,\"a,b\",true\n",
	},
	{name: "measurements", q: `SHOW MEASUREMENTS`, code: 200, want: `{"results":[{"statement_id":0,"series":[{"name":"measurements","columns":["name"],"values":[["air"],["note"]]}]}]}` + "\n"},
	{name: "tag keys", q: `SHOW TAG KEYS FROM air`, code: 200, want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["tagKey"],"values":[["node"],["sensor"]]}]}]}` + "\n"},
	{name: "tag values", q: `SHOW TAG VALUES WITH KEY = "node"`, code: 200, want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["key","value"],"values":[["node","n1"],["node","n2"]]}]}]}` + "\n"},
	{name: "field keys", q: `SHOW FIELD KEYS FROM air`, code: 200, want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["fieldKey","fieldType"],"values":[["pm2_5","float"],["pm2_5_qc","integer"]]}]}]}` + "\n"},
	{name: "retention policies", q: `SHOW RETENTION POLICIES`, code: 200, want: `{"results":[{"statement_id":0,"series":[{"columns":["name","duration","shardGroupDuration","replicaN","default"],"values":[["autogen","0s","168h0m0s",1,true],["short","1h0m0s","1h0m0s",1,false]]}]}]}` + "\n"},
	{name: "nothing found", q: `SELECT pm2_5 FROM air WHERE node = 'none'`, code: 200, want: `{"results":[{"statement_id":0}]}` + "\n"},
	{name: "no such measurement", q: `SELECT x FROM nowhere`, code: 200, want: `{"results":[{"statement_id":0}]}` + "\n"},
	{name: "divided by zero", q: `SELECT pm2_5 / 0 FROM air WHERE node = 'n2'`, code: 200, want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5"],"values":[["2023-11-14T22:14:20Z",0]]}]}]}` + "\n"},
	{name: "infinite", q: `SELECT pow(pm2_5, 999) FROM air WHERE node = 'n2'`, code: 200, want: `{"error":"json: unsupported value: +Inf"}` + "\n"},
	{name: "not a number", q: `SELECT sqrt(0 - pm2_5) FROM air WHERE node = 'n2'`, code: 200, want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","sqrt"],"values":[["2023-11-14T22:14:20Z",null]]}]}]}` + "\n"},

	{
		name: "type conflict", form: url.Values{"precision": {"ms"}}, code: 400,
		body: "air,node=n1 pm2_5=1i 1700000000000\nair,node=n3 pm2_5=1 1700000000000\n",
		want: `{"error":"partial write: field type conflict: input field \"pm2_5\" on measurement \"air\" is type integer, already exists as type float dropped=1"}` + "\n",
	},
	{
		name: "neighbour of a conflict", q: `SELECT pm2_5 FROM air WHERE node = 'n3'`, form: url.Values{"epoch": {"s"}}, code: 200,
		want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5"],"values":[[1700000000,1]]}]}]}` + "\n",
	},
	{
		name: "beyond retention", form: url.Values{"rp": {"short"}, "precision": {"ms"}}, code: 400, body: "air pm2_5=1 1700000000000",
		want: `{"error":"partial write: points beyond retention policy dropped=1"}` + "\n",
	},
	{name: "parse error", code: 400, body: "air pm2_5=", want: `{"error":"unable to parse 'air pm2_5=': missing field value"}` + "\n"},
	{
		name: "partly parsed", form: url.Values{"precision": {"ms"}}, code: 400, body: "air,node=n4 pm2_5=1 1700000000000\nair pm2_5\n",
		want: `{"error":"partial write: unable to parse 'air pm2_5': invalid field format dropped=0"}` + "\n",
	},
	{
		name: "neighbour of a parse error", q: `SELECT pm2_5 FROM air WHERE node = 'n4'`, form: url.Values{"epoch": {"s"}}, code: 200,
		want: `{"results":[{"statement_id":0,"series":[{"name":"air","columns":["time","pm2_5"],"values":[[1700000000,1]]}]}]}` + "\n",
	},
	{name: "not gzip", header: http.Header{"Content-Encoding": {"zip"}}, code: 204, body: "air,node=n5 pm2_5=1 1700000000000000000"},
	{name: "unknown database", form: url.Values{"db": {"nowhere"}}, code: 404, body: "a b=1", want: `{"error":"database not found: \"nowhere\""}` + "\n"},
	{name: "no database", form: url.Values{"db": {""}}, code: 400, body: "a b=1", want: `{"error":"database is required"}` + "\n"},
	{name: "unknown policy", form: url.Values{"rp": {"nowhere"}}, code: 500, body: "a b=1", want: `{"error":"retention policy not found: nowhere"}` + "\n"},
	{name: "unknown bucket", path: "/api/v2/write", form: url.Values{"bucket": {"nowhere"}}, code: 404, body: "a b=1", want: `{"error":"database not found: \"nowhere\""}` + "\n"},
	{name: "no bucket", path: "/api/v2/write", code: 404, body: "a b=1", want: `{"error":"bucket name \"\" is missing a slash; not in \"database/retention-policy\" format"}` + "\n"},
	{name: "bucket without database", path: "/api/v2/write", form: url.Values{"bucket": {"/rp"}}, code: 404, body: "a b=1", want: `{"error":"bucket name \"/rp\" is in db/rp form but has an empty database"}` + "\n"},

	{name: "no query", method: "GET", path: "/query", code: 400, want: `{"error":"missing required parameter \"q\""}` + "\n"},
	{name: "query syntax", q: `SELEC x`, code: 400, want: `{"error":"error parsing query: found SELEC, expected SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL at line 1, char 1"}` + "\n"},
	{name: "params syntax", q: `SELECT x FROM air`, form: url.Values{"params": {`{`}}, code: 400, want: `{"error":"error parsing query parameters: unexpected EOF"}` + "\n"},
	{name: "query unknown database", q: `SELECT x FROM air`, form: url.Values{"db": {"nowhere"}}, code: 200, want: `{"results":[{"statement_id":0,"error":"database not found: nowhere"}]}` + "\n"},
	{name: "query no database", q: `SELECT x FROM air`, form: url.Values{"db": {""}}, code: 200, want: `{"results":[{"statement_id":0,"error":"database name required"}]}` + "\n"},
	{name: "error of a statement", q: `SELECT mean(text) FROM note`, code: 200, want: `{"results":[{"statement_id":0,"error":"unsupported mean iterator type: *query.stringInterruptIterator"}]}` + "\n"},
	// The second error hides the first: 1.8 says "not executed" of the wrong statement.
	{
		name: "error ends a query", q: `SELECT ok FROM note; SELECT mean(text) FROM note; SELECT ok FROM note`, form: url.Values{"epoch": {"s"}}, code: 200,
		want: `{"results":[{"statement_id":0,"series":[{"name":"note","columns":["time","ok"],"values":[[1700000000,true]]}]},{"statement_id":1,"error":"not executed"}]}` + "\n",
	},
}
