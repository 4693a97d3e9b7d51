#!/bin/sh
# An origin agency sends its list of registrations, as an Excel workbook (.xlsx), CSV or NDJSON, and asks which rows were not taken.
# Beside what client.sh needs: FILE, the list.
. "$(dirname "$0")/client.sh"
: "${FILE:?set FILE to the list}"
case $FILE in
*.xlsx) TYPE=application/vnd.openxmlformats-officedocument.spreadsheetml.sheet ;;
*.csv) TYPE=text/csv ;;
*.ndjson) TYPE=application/x-ndjson ;;
*) fail 'FILE must end in .xlsx, .csv or .ndjson' ;;
esac

token set.push
call 202 'send the list: the answer comes when all its rows are settled' "$GW/v1/imports" -H "@$work/bearer" -H "content-type: $TYPE" --data-binary "@$FILE" --max-time 900
cat "$work/body" && echo
ID=$(val id <"$work/body")

call 200 'ask which rows were refused, and why' "$GW/v1/imports/$ID/rows?status=refused" -H "@$work/bearer"
cat "$work/body" && echo
