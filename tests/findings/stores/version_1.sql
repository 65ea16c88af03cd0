-- A store as version 1 of its tables had it.
BEGIN TRANSACTION;
CREATE TABLE corpus (
    digest BLOB PRIMARY KEY, operation TEXT NOT NULL, request TEXT NOT NULL, run INTEGER NOT NULL
);
INSERT INTO "corpus" VALUES(X'313131313131313131313131','POST /bottles','{"method": "POST", "path": "/bottles", "body": {"media_type": "application/json", "value": {"literal": {"$bytes": "AHv/"}}, "raw": true}}',2);
CREATE TABLE findings (
    fingerprint TEXT PRIMARY KEY, kind TEXT NOT NULL, operation TEXT NOT NULL, status INTEGER, message TEXT NOT NULL,
    exception TEXT, frame TEXT, traceback TEXT, exact INTEGER NOT NULL, flaky INTEGER NOT NULL, count INTEGER NOT NULL,
    operations TEXT NOT NULL, scenario TEXT NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', reason TEXT, until TEXT
);
INSERT INTO "findings" VALUES('aaaa11112222','undocumented-5xx','POST /bottles',500,'Expecting value','JSONDecodeError','cellar.py:27','Traceback (most recent call last):
  File "/srv/app/cellar.py", line 27, in answered
    bottle = json.loads(body)
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',1,0,4,'["POST /bottles"]','{"version": 1, "operation": "POST /bottles", "status": "default", "technique": "fuzz", "title": "no server error", "pointer": "/paths/~1bottles/post/responses", "document": "openapi.json", "when": {"method": "POST", "path": "/bottles", "body": {"media_type": "application/json", "value": {"literal": {"$bytes": "AHv/"}}, "raw": true}}, "then": {"status": "default"}}',1,2,'accepted','till 2.4',NULL);
INSERT INTO "findings" VALUES('bbbb33334444','undocumented-5xx','POST /bottles/{bottle_id}/share',500,'division by zero','ZeroDivisionError','cellar.py:38',NULL,1,0,1,'["POST /bottles/{bottle_id}/share", "POST /bottles"]','{"version": 1, "operation": "POST /bottles/{bottle_id}/share", "status": "default", "technique": "fuzz", "title": "no server error", "pointer": "/paths/~1bottles/post/responses", "document": "openapi.json", "given": [{"step": {"name": "bottle", "request": {"method": "POST", "path": "/bottles", "body": {"media_type": "application/json", "value": {"objectof": [["name", {"unique": {"template": "red ####"}}], ["litres", {"literal": 1.5}]]}}}, "status": "201"}}], "when": {"method": "POST", "path": "/bottles/{bottle_id}/share", "arguments": [{"name": "bottle_id", "where": "path", "value": {"capture": {"step": "bottle", "pointer": "/id"}}, "style": "simple"}], "body": {"media_type": "application/json", "value": {"literal": {"people": 0}}}}, "then": {"status": "default"}}',2,2,'open',NULL,NULL);
INSERT INTO "findings" VALUES('cccc00001111','undocumented-5xx','POST /bottles/{bottle_id}/share',500,'token s3cr3t-v4lue','ZeroDivisionError','cellar.py:50',NULL,1,0,1,'["POST /bottles/{bottle_id}/share", "POST /bottles"]','{"version": 1, "operation": "POST /bottles/{bottle_id}/share", "status": "default", "technique": "fuzz", "title": "no server error", "pointer": "/paths/~1bottles/post/responses", "document": "openapi.json", "given": [{"step": {"name": "bottle", "request": {"method": "POST", "path": "/bottles", "body": {"media_type": "application/json", "value": {"objectof": [["name", {"unique": {"template": "red ####"}}], ["litres", {"literal": 1.5}]]}}}, "status": "201"}}], "when": {"method": "POST", "path": "/bottles/{bottle_id}/share", "arguments": [{"name": "bottle_id", "where": "path", "value": {"capture": {"step": "bottle", "pointer": "/id"}}, "style": "simple"}], "body": {"media_type": "application/json", "value": {"literal": {"people": 0}}}}, "then": {"status": "default"}}',2,2,'fixed',NULL,NULL);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, seed INTEGER NOT NULL, source TEXT NOT NULL,
    stop TEXT, requests INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0
);
INSERT INTO "runs" VALUES(1,'2026-01-01T02:00:00+00:00','2026-01-01T02:00:05+00:00',1,'openapi.json','time is up',1000,60.0);
INSERT INTO "runs" VALUES(2,'2026-01-02T02:00:00+00:00','2026-01-02T02:00:05+00:00',2,'openapi.json','all requests are sent',2000,33.5);
INSERT INTO "runs" VALUES(3,'2026-01-03T02:00:00+00:00',NULL,3,'openapi.json',NULL,0,0.0);
PRAGMA user_version = 1;
COMMIT;
